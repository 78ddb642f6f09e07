/** Meltemi as its users have it: resources, translated, and the modules that ship. */
import { formatProblem, translate } from "../../control-plane/index.ts";
import type { Modules } from "../../harness/cli/modules.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { ATTACHMENT, METHOD, type Protocol } from "../load/load.ts";
import { othersOf, RULES, type Contestant, type Rules } from "./contestant.ts";

const resource = (apiVersion: string, kind: string, name: string, spec: object, annotations = {}): object => ({ apiVersion, kind, metadata: { name, annotations }, spec });

const nameOf = (rules: Rules): string => rules.replace(" ", "-");
const hostOf = (rules: Rules): string => `${nameOf(rules)}.example`;

/** The key at the head of a request that rules ask for. */
const HEAD = { dubbo: "method", thrift: "method", redis: "key" };
/** The port's name: guards ask for the transport and protocol that Thrift servers speak. */
const PORT = { dubbo: "tcp-dubbo", thrift: "tcp-thrift-framed-binary", redis: "tcp-redis" };
/** What the change of a request does; the others have no place for it. */
const CHANGE = { headers: { request: { set: { tracing: "100" } } } };

function service(protocol: Protocol, upstream: string, rules: Rules, server: number): object {
  return resource("networking.istio.io/v1", "ServiceEntry", nameOf(rules), {
    hosts: [hostOf(rules)], resolution: "STATIC", ports: [{ number: 0, name: PORT[protocol], protocol: "TCP" }],
    endpoints: [{ address: "127.0.0.1", ports: { [PORT[protocol]]: server } }],
  }, { "meltemi.io/upstream": upstream });
}

function routes(protocol: Protocol, rules: Rules): object[] {
  if (rules === "none") return [];
  const route = [{ destination: { host: hostOf(rules) } }], on = (key: string, exact: string): object => ({ match: [{ headers: { [key]: { exact } } }], route });
  const others = Array.from({ length: othersOf(rules) }, (_, i) => on(HEAD[protocol], `other${i}`)), changes = protocol === "dubbo" && (rules === "ten" || rules === "all");
  const held = rules === "tail" ? on(ATTACHMENT.key, ATTACHMENT.value) : on(HEAD[protocol], METHOD);
  const http = [...others, { ...held, ...(changes ? CHANGE : {}) }].map((rule, i) => ({ name: `rule${i}`, ...rule }));
  return [resource("networking.istio.io/v1", "VirtualService", nameOf(rules), { hosts: [hostOf(rules)], http })];
}

/** Limits are never reached, and nobody is refused. */
function policies(protocol: Protocol, rules: Rules, collector: number): object[] {
  if (rules !== "all") return [];
  const otlp = { service: { host: "127.0.0.1", port: collector } }, head = HEAD[protocol], bucket = { max: 1 << 24, tokensPerFill: 1 << 24, fillMs: 1 };
  const spec = {
    targetRef: { host: hostOf("all") },
    tracing: { otlp, ...(protocol === "dubbo" ? {} : { propagation: [] }) },
    accessLog: { otlp },
    metrics: {},
    ...(protocol === "dubbo" ? { token: { key: ATTACHMENT.key, tokens: [ATTACHMENT.value] } } : {}),
    auth: { rules: [{ name: "some", action: "deny", match: [{ [head]: { prefix: "drop" } }] }, { name: "near", action: "allow", match: [{ "source.address": { cidr: ["127.0.0.0/8"] } }] }], default: "deny" },
    localRateLimit: { bucket, keys: [{ key: head, bucket }] },
    fault: { delay: { ms: 1, share: 0 } },
    ...(protocol === "dubbo" ? { mutation: { request: { set: { caller: "%REQ(method)%" } } } } : {}),
  };
  return [resource("meltemi.io/v1alpha1", "Policy", "all", spec)];
}

export interface MeltemiOptions { modules: Modules; label?: string; rules?: readonly Rules[] }

export function meltemi(protocol: Protocol, upstream: "lanes" | "inline", { modules, label, rules: wanted }: MeltemiOptions): Contestant {
  const rules = wanted ?? RULES.filter((one) => one !== "tail" || protocol === "dubbo");
  return {
    name: `Meltemi ${upstream}${label ? ` (${label})` : ""}`, role: "meltemi", protocol, rules,
    listens: (listener, wanted) => listener.includes(`_${hostOf(wanted)}_`),
    bootstrap: (server, collector) => {
      const resources = rules.flatMap((one) => [service(protocol, upstream, one, server), ...routes(protocol, one), ...policies(protocol, one, collector)]);
      const result = translate([{ file: "bench", text: resources.map((one) => JSON.stringify(one)).join("\n---\n") }], { wasm: "", modules });
      if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
      return result.bootstrap as Bootstrap;
    },
  };
}
