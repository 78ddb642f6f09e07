import { loadModules } from "../../harness/cli/modules.ts";
import { PROTOCOLS, type Protocol } from "../load/load.ts";
import type { Contestant, Rules } from "./contestant.ts";
import { meltemi } from "./meltemi.ts";
import { natives } from "./native.ts";

export interface ContestantOptions {
  /** Modules in the place of those in build/. */
  wasm?: string[];
  /** Modules to measure beside those. */
  against?: string[];
  /** Only those whose name has one of these, and the floor; all if empty. */
  only?: string[];
  /** In the place of the ordinary ones. */
  rules?: readonly Rules[];
}

/** Of each protocol: the floor, the native proxies, Meltemi with lanes and inline. */
export async function contestants({ wasm = [], against = [], only = [], rules }: ContestantOptions = {}): Promise<Record<Protocol, Contestant[]>> {
  const modules = await loadModules(wasm), other = against.length > 0 ? await loadModules(against) : undefined;
  const of = (protocol: Protocol): Contestant[] => [
    ...natives(protocol, rules),
    ...(["lanes", "inline"] as const).flatMap((upstream) => [meltemi(protocol, upstream, { modules, rules }), ...(other ? [meltemi(protocol, upstream, { modules: other, label: "against", rules })] : [])]),
  ].filter(({ name, role }) => role === "floor" || only.length === 0 || only.some((text) => name.includes(text)));
  return Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, of(protocol)])) as Record<Protocol, Contestant[]>;
}
