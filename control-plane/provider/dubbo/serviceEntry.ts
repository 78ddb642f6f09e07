import { NAMESPACES_ANNOTATION } from "../../api/metadata.ts";
import { order } from "../../api/problem.ts";
import type { Source } from "../../api/sourceFile.ts";
import { endpoint, PORT_NAME, unescaped, variantOf, type Endpoint, type Variant } from "./endpoint.ts";
import { shortened, unusable, Unusable, type Registration } from "./registration.ts";

/** What is known of a service whatever is registered now. */
export interface Known {
  host: string;
  interface: string;
  /** Where its listener is, with `port`. */
  address: string;
  port: number;
  /** `zookeeper:/dubbo/org.x.Demo`. */
  file: string;
  /** All that were ever seen, by group and version, so that what has no server now is told so and not sent to another's. */
  variants: Map<string, Variant>;
  /** All that servers ever named, so that nobody takes a service out of the namespace whose policies are for it. */
  namespaces: Set<string>;
}

/** A registration, which registry has it, and whom to tell if it cannot be used. */
export interface Registered { registration: Registration; registryName: string; skip(reason: string): void }

const MAX_VARIANTS = 64;
const MAX_NAMESPACES = 16;
/** As in Kubernetes. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DEFAULT_NAMESPACE = "default";
/** Tells the translation that resources which people write go before these. */
const REGISTRY_LABEL = "meltemi.io/registry";

/** The resources of one interface; its variants go into `known`. */
export function serviceSource(known: Known, registered: readonly Registered[]): Source {
  const endpoints = new Map<string, Endpoint & { since: number }>();
  const [versioned, unversioned] = [registered.filter((r) => !r.registration.unversioned), registered.filter((r) => r.registration.unversioned)];
  for (const { registration, registryName, skip } of [...versioned, ...unversioned]) {
    try {
      const { address, port, parameters } = registration;
      learnNamespace(known, namespaceOf(parameters));
      const variant = registration.unversioned ? only(known.variants) : learn(known, variantOf(parameters));
      const found = endpoint(registration, registryName, variant);
      if (found === undefined) continue;
      // one that was started again is there twice until its old session has expired
      const key = `${address} ${port} ${variantKey(variant)}`, since = Number(parameters.get("timestamp") ?? 0) || 0;
      if (since >= (endpoints.get(key)?.since ?? 0)) endpoints.set(key, { ...found, since });
    } catch (error) {
      skip(`${registration.address}:${registration.port} ${unusable(error)}`);
    }
  }
  const sorted = [...endpoints].sort(([a], [b]) => order(a, b)).map(([, { since: _, ...rest }]) => rest);
  const entry = serviceEntry(known, sorted, registered.map(({ registration }) => registration.parameters));
  const documents = known.variants.size > 1 ? [entry, ...variantRules(known, entry.metadata)] : [entry];
  return { file: known.file, text: documents.map((document) => `${JSON.stringify(document, null, 1)}\n`).join("---\n") };
}

const variantKey = ({ group, version }: Variant): string => `${group}/${version}`;

function learn({ variants }: Known, variant: Variant): Variant {
  if (!variants.has(variantKey(variant)) && variants.size >= MAX_VARIANTS) throw new Unusable(`has another group or version, and the limit of ${MAX_VARIANTS} is reached`);
  variants.set(variantKey(variant), variant);
  return variant;
}

const namespaceOf = (parameters: ReadonlyMap<string, string>): string => parameters.get("aeraki_meta_app_namespace") || DEFAULT_NAMESPACE;

function learnNamespace({ namespaces }: Known, name: string): void {
  if (!NAMESPACE.test(name)) throw new Unusable(`names an invalid namespace: ${shortened(name)}`);
  if (!namespaces.has(name) && namespaces.size >= MAX_NAMESPACES) throw new Unusable(`has another namespace, and the limit of ${MAX_NAMESPACES} is reached`);
  namespaces.add(name);
}

/** What is known to be offered, if that is one thing only. */
function only(variants: ReadonlyMap<string, Variant>): Variant {
  const [one, another] = [...variants.values()];
  return one !== undefined && another === undefined ? one : variantOf(new Map());
}

interface Metadata { name: string; namespace: string; labels: Record<string, string>; annotations: Record<string, string> }

function serviceEntry({ host, interface: name, address, port, namespaces }: Known, endpoints: Endpoint[], parameters: readonly ReadonlyMap<string, string>[]) {
  const selector = unescaped(most(parameters.map((each) => each.get("aeraki_meta_workload_selector"))));
  const namespace = most(parameters.map(namespaceOf).filter((each) => namespaces.has(each))) ?? [...namespaces].sort(order)[0] ?? DEFAULT_NAMESPACE;
  const metadata: Metadata = {
    name: `dubbo-${host}`, namespace, labels: { [REGISTRY_LABEL]: "dubbo" },
    annotations: {
      interface: name, ...(selector === undefined ? {} : { workloadSelector: selector }),
      ...(namespaces.size > 1 ? { [NAMESPACES_ANNOTATION]: [...namespaces].sort(order).join(",") } : {}),
    },
  };
  const ports = [{ number: port, name: PORT_NAME, protocol: "TCP" }];
  return { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata, spec: { hosts: [host], addresses: [address], ports, resolution: "STATIC", endpoints } };
}

/** What most say, the first in order of those that are said as often; undefined: nobody says anything. */
function most(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || order(a, b))[0]?.[0];
}

/**
 * A subset for each group and version, and routes that send each request to servers of its own. What does not show them
 * (serializations that are not read here) goes to any server.
 */
function variantRules({ host, variants }: Known, metadata: Metadata): object[] {
  const sorted = [...variants].sort(([a], [b]) => order(a, b)).map(([, variant]) => variant);
  const names = [...new Set(sorted.map(({ name }) => name))];
  const routes = sorted.flatMap(({ group, version, name }) => versionMatches(version).map((match) => ({
    name, match: { attributes: { group: group === "" ? { present: false } : { exact: group }, version: match } }, route: [{ destination: { host, subset: name } }],
  })));
  const others = { name: "others", route: [{ destination: { host } }] };
  return [
    { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata, spec: { host, subsets: names.map((name) => ({ name, labels: { variant: name } })) } },
    { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata, spec: { hosts: [host], routes: [...routes, others] } },
  ];
}

/** Dubbo takes 0.0.0 for no version. */
function versionMatches(version: string): object[] {
  return version === "" ? [{ present: false }, { regex: "(0\\.0\\.0)?" }] : [{ exact: version }];
}
