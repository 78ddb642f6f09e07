/** The door of the control plane: resources in, Envoy configuration out. */
export { loadResources, type Source } from "./api/source.ts";
export { formatProblem, type Problem } from "./api/problem.ts";
export { compile, translate, type Compiled, type TranslateOptions, type Translation } from "./translate/translate.ts";
export { localityOf } from "./translate/locality.ts";
export { statsConfig } from "./translate/envoy/bootstrap.ts";
export { registryProvider } from "./provider/registry.ts";
export { FolderProvider } from "./provider/folder.ts";
export { ControlPlane, type ControlPlaneOptions } from "./serve/controlPlane.ts";
export { Certificates, type TlsFiles } from "./serve/certificates.ts";
export { StatusServer } from "./serve/http.ts";
export { xdsBootstrap, xdsSecrets, type XdsTls } from "./xds/bootstrap.ts";
export { pluginConfiguration } from "./translate/plugin.ts";
export type { Traits } from "./translate/traits.ts";
export { explain, type Explanation } from "./ir/explain.ts";
export type { Provider, ProviderListener } from "./provider/provider.ts";
export type { Cluster, Endpoint, Ir, Listener, Route } from "./ir/ir.ts";
