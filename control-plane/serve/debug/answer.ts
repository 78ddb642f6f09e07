import { explain, type Explanation, type Request } from "../../ir/explain.ts";
import type { Cluster, Ir, Listener } from "../../ir/ir.ts";
import { ArgumentKeys } from "../../idl/arguments.ts";
import type { IdlTables } from "../../idl/compile.ts";
import { readMistake, type Traits } from "../../translate/traits.ts";

/** "Where would this request go?" */
export interface Question { listener: string; metadata: Request }

export interface Answer {
  explanation: Explanation;
  clusters: { name: string; percent: number; balance: string; endpoints: { address: string; percent: number; locality: string }[] }[];
  /** Keys of the request that its protocol never supplies. */
  unknown: string[];
  /** Keys that the listener's rules look at and that the request does not have: they hold only where absence is asked for. */
  missing: string[];
  /** Keys whose values pick one endpoint, always the same. */
  pins: { key: string; value: string | undefined }[];
}

/** Reads `key=value` lines: a key that comes twice has two values, one without `=` is there and cannot be read. */
export function readMetadata(text: string): Request {
  const metadata = Object.create(null) as Request;
  for (const line of text.split("\n").map((each) => each.trim()).filter((each) => each !== "")) {
    const at = line.indexOf("="), key = at < 0 ? line : line.slice(0, at).trim(), before = metadata[key];
    if (at < 0 || before === null) metadata[key] = null;
    else if (before === undefined) metadata[key] = [line.slice(at + 1).trim()];
    else (before as string[]).push(line.slice(at + 1).trim());
  }
  return metadata;
}

/** By the same code as `explain`. Throws if there is no such listener. */
export function answer(ir: Ir, { listener: name, metadata }: Question, traitsOf: (codec: string) => Traits | undefined): Answer {
  const explanation = explain(ir, { listener: name, metadata }), listener = ir.listeners.find((each) => each.name === name || each.service === name)!;
  const traits = traitsOfListener(listener, traitsOf(listener.codec)), has = new Set(Object.keys(metadata).map((key) => key.toLowerCase()));
  const whole = explanation.clusters.reduce((sum, { weight }) => sum + weight, 0);
  return {
    explanation,
    clusters: explanation.clusters.map(({ cluster, weight }) => shares(ir.clusters.find((each) => each.name === cluster), cluster, whole === 0 ? 0 : weight / whole * 100)),
    unknown: Object.keys(metadata).filter((key) => traits && readMistake(traits, key)),
    missing: [...keysOf(listener)].filter((key) => !has.has(key)),
    pins: explanation.hash.map((key) => ({ key, value: [Object.entries(metadata).find(([each]) => each.toLowerCase() === key.toLowerCase())?.[1]].flat()[0] ?? undefined })),
  };
}

/** With the keys that its codec's options bring. */
function traitsOfListener({ codec, options }: Listener, traits: Traits | undefined): Traits | undefined {
  return traits && codec === "thrift" && options?.idl ? { ...traits, own: new ArgumentKeys(options.idl as IdlTables) } : traits;
}

function keysOf({ routes }: Listener): Set<string> {
  return new Set((routes ?? []).flatMap(({ match, hash }) => [...match.flat().map(({ key }) => key), ...hash]).map((key) => key.toLowerCase()));
}

function shares(cluster: Cluster | undefined, name: string, percent: number): Answer["clusters"][number] {
  const endpoints = cluster?.endpoints ?? [], whole = endpoints.reduce((sum, { weight }) => sum + weight, 0);
  return {
    name, percent, balance: cluster === undefined ? "no such cluster" : cluster.discovery === "dns" ? "Envoy's choice of the resolved addresses" : cluster.balance,
    endpoints: endpoints.map(({ address, port, weight, locality }) => ({ address: `${address}:${port}`, percent: whole === 0 ? 0 : percent * weight / whole, locality: locality ?? "" })),
  };
}
