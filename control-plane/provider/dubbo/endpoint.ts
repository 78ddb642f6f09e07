import { order } from "../../api/problem.ts";
import { shortened, Unusable, type Registration } from "./registration.ts";

/** An endpoint of a ServiceEntry. */
export interface Endpoint {
  address: string;
  ports: Record<string, number>;
  labels: Record<string, string>;
  locality?: string;
  weight: number;
}

export const PORT_NAME = "tcp-metaprotocol-dubbo";
const DEFAULT_WEIGHT = 100;
/** More would, summed over many endpoints, be more than Envoy takes. */
const MAX_WEIGHT = 10_000;
const MAX_LABELS = 64;
const LABEL = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;
const LOCALITY = /^[\w.-]{1,63}(\/[\w.-]{1,63}){0,2}$/;
/** What differs from one start to the next, what is the same for all, and what has a place of its own. */
const NO_LABELS = new Set(["interface", "methods", "pid", "timestamp", "side", "category", "anyhost", "path", "weight", "disabled", "enabled", "registryName", "variant"]);
const META = "aeraki_meta_";

/** The endpoint that a registration becomes; undefined: it takes no requests now. Throws Unusable. */
export function endpoint({ address, port, parameters }: Registration, registryName: string, variant: Variant): Endpoint | undefined {
  const weight = weightOf(parameters);
  if (weight === 0 || parameters.get("disabled") === "true" || parameters.get("enabled") === "false") return undefined;
  const locality = unescaped(parameters.get(`${META}locality`));
  return {
    address, ports: { [PORT_NAME]: port }, labels: labels(parameters, registryName, variant), weight,
    ...(locality !== undefined && LOCALITY.test(locality) ? { locality } : {}),
  };
}

function weightOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get("weight") ?? String(DEFAULT_WEIGHT);
  if (!/^-?\d{1,10}$/.test(text)) throw new Unusable(`has a weight that is not a number: ${shortened(text)}`);
  return Math.min(Math.max(Number(text), 0), MAX_WEIGHT);
}

/** As dubbo2istio names them: all parameters that can be labels, `version` of the application before that of the interface. */
function labels(parameters: ReadonlyMap<string, string>, registryName: string, variant: Variant): Record<string, string> {
  const application = parameters.get(`${META}app_version`);
  const all = new Map(parameters);
  if (application) all.set("version", application);
  for (const name of ["locality", "app_version", "app_namespace", "workload_selector"]) all.delete(META + name);
  const usable = [...all].filter(([key]) => !NO_LABELS.has(key)).map(([key, value]) => [key, value.replaceAll(",", "-")] as const)
    .filter(([key, value]) => key !== "" && LABEL.test(key) && LABEL.test(value)).slice(0, MAX_LABELS);
  return Object.fromEntries([...usable, ["registryName", registryName] as const, ["variant", variant.name] as const].sort(([a], [b]) => order(a, b)));
}

/** Group and version that a server offers an interface under; one interface may be there under several. */
export interface Variant { group: string; version: string; /** `user-1-0-0`, or `default` without both: a name of a subset, and a label. */ name: string }

export function variantOf(parameters: ReadonlyMap<string, string>): Variant {
  const [group, version] = [parameters.get("group") ?? "", parameters.get("version") ?? ""];
  const text = [group, version].filter((part) => part !== "").join("-").toLowerCase().replace(/[^a-z0-9]/g, "-").slice(0, 63);
  return { group, version, name: text.replace(/^-+|-+$/g, "") || "default" };
}

/** Some write a slash as `%2F` once more. */
export function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/%2F/gi, "/").replace(/%3A/gi, ":").replace(/%3D/gi, "=");
}
