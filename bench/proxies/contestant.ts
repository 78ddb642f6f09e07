import type { Bootstrap } from "../../harness/envoy/config.ts";
import type { Protocol } from "../load/load.ts";

/**
 * What a proxy decides by: nothing; a key at the head of a request (Dubbo's and Thrift's method, the key of a Redis command); one behind its
 * body (a Dubbo attachment); ten rules on the head key of which the last holds, where the proxy can it with a change of the request; those
 * ten, the change and every filter that ships and needs no server of its own, a collector of traces and logs apart.
 */
export const RULES = ["none", "head", "tail", "ten", "all"] as const;
/** Or so many rules on the head key, of which the last holds, and nothing else. */
export type Rules = (typeof RULES)[number] | `${number} rules`;

/** How many rules on the head key there are before the one that holds. */
export const othersOf = (rules: Rules): number => rules === "ten" || rules === "all" ? 9 : (Number.parseInt(rules) || 1) - 1;

export interface Contestant {
  name: string;
  role: "floor" | "native" | "meltemi";
  protocol: Protocol;
  /** Those it is measured with; the floor has none, whatever others have. */
  rules: readonly Rules[];
  /** With a listener for each of its rules, on ports of Envoy's choice. */
  bootstrap(server: number, collector: number): Bootstrap | Promise<Bootstrap>;
  /** Whether a listener of this name is that of these rules. */
  listens(listener: string, rules: Rules): boolean;
}
