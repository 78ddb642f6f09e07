/** The door of the control plane: resources in, Envoy configuration out. */
export { loadResources, type Source } from "./api/source.ts";
export { formatProblem, type Problem } from "./api/problem.ts";
export { translate, type TranslateOptions, type Translation } from "./translate/translate.ts";
export { pluginConfiguration } from "./translate/plugin.ts";
export type { Traits } from "./translate/traits.ts";
export { explain, type Explanation } from "./ir/explain.ts";
export type { Provider, ProviderListener } from "./provider/provider.ts";
export type { Cluster, Endpoint, Ir, Listener, Route } from "./ir/ir.ts";
