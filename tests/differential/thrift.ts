/** What `decode` says of a Thrift client's bytes, held against an IDL, and what a real server runs of what passes, side by side. */
import type { InspectLine, Inspector, Value } from "../../harness/emulator/inspector.ts";
import type { Ran, Written } from "../../harness/peers/thrift/index.ts";
import type { Damage } from "./damage.ts";

const TEXTS = ["", "a", "hi", "drop", "echo", "x".repeat(60), "ü€", "\0", "Demo:drop"];

/** A call of demo.thrift with random arguments. */
export function randomCall(damage: Damage): Written {
  const text = (): string => TEXTS[damage.below(TEXTS.length)]!, n = (): number => damage.below(300) - 100, texts = (): string[] => Array.from({ length: damage.below(5) }, text);
  const item = { id: n(), name: text(), numbers: [n(), n()], tags: { a: text(), b: "" }, marks: [1, n()], flag: damage.below(2) === 0, weight: n() / 4 };
  const calls: Record<string, unknown[]> = {
    echo: [text()], item: [item], add: [n(), n()], notify: [text()], boom: [text()], whoami: [], calls: [text()], drop: [text()],
    many: [texts()], maps: [{ [text()]: text(), z: text() }],
  };
  const names = Object.keys(calls), method = names[damage.below(names.length)]!;
  return { method, args: calls[method]!, service: damage.below(4) === 0 };
}

const KEYS = ["service", "method", ...["text", "it.id", "it.name", "it.numbers", "it.marks", "it.flag", "a", "b", "why", "ms", "tag", "method", "what", "xs", "s"].map((name) => `args.${name}`)];

/** A request that passes: keys are hidden (null), or have values. */
export type Said = Map<string, string[] | null>;

export interface Passing { requests: Said[]; bytes: Buffer; refused: number }

/** What gets past filters that guard, and what their rules see of it. */
export function passing(inspector: Inspector, options: object, stream: Buffer): Passing {
  const inspection = inspector.open("thrift", options, "none", true);
  const names = new Map(KEYS.map((key) => [key, inspection.want(key, "request")]));
  const lines = [...inspection.feed("request", stream), ...inspection.finish("request")];
  inspection.close();
  const requests: Said[] = [], parts: Buffer[] = [];
  let refused = 0, open: InspectLine | undefined;
  const take = ({ at, metadata }: InspectLine, end: number): void => {
    parts.push(stream.subarray(at, end));
    requests.push(new Map(KEYS.map((key) => [key, valuesOf(metadata?.[names.get(key) ?? ""])])));
  };
  for (const line of lines) {
    if (line.error !== undefined) refused++;
    else if (line.end && open) take(open, line.at);
    else if (line.kind === "call" && line.size! >= 0) take(line, line.at + line.size!);
    open = line.kind === "call" && line.size === -1 ? line : undefined;
  }
  return { requests, bytes: Buffer.concat(parts), refused };
}

function valuesOf(value: Value | Value[] | undefined): string[] | null {
  if (value === undefined) return [];
  const all = (Array.isArray(value) ? value : [value]).map(textOf);
  return all.every((each) => each !== null) ? all : null;
}

/** Replacements of what is no UTF-8 are not counted: libraries differ in how many they make. JSON keeps no digits of large numbers, nor Node any number. */
const LARGE = "large";
const lossy = (text: string): string => /^-?\d{16,}$/.test(text) && !Number.isSafeInteger(Number(text)) ? LARGE : text.replace(/\ufffd+/g, "\ufffd");

function textOf(value: Value): string | null {
  if (typeof value === "string") return lossy(value);
  return "hex" in value ? lossy(Buffer.from(value.hex, "hex").toString()) : null;
}

/** In what the server's calls differ from what decode says; empty: in nothing. A server may run fewer, in this order. */
export function difference(requests: Said[], ran: Ran[], services: boolean): string {
  let at = 0;
  for (const call of ran) {
    while (at < requests.length && !isOf(requests[at]!, call, services)) at++;
    const said = requests[at++];
    if (!said) return `${JSON.stringify(call)} was run, decode says ${JSON.stringify(requests.map((each) => each.get("method")))}`;
    for (const key of KEYS.filter((each) => each !== "method" && (services || each !== "service"))) {
      const values = said.get(key), own = key === "service" ? textsOf(call.service || undefined) : textsOf(valueAt(call.args, key.slice("args.".length)));
      if (values && [...new Set(values)].sort().join() !== [...new Set(own)].sort().join()) return `${key} of ${call.method}: decode says ${JSON.stringify(values)}, the server has ${JSON.stringify(own)}`;
    }
  }
  return "";
}

/** Servers without services do not know the names that have one. */
function isOf(said: Said, { method, service }: Ran, services: boolean): boolean {
  const names = said.get("method"), its = said.get("service");
  if (its && (services ? its.join() !== service : its.length > 0)) return false;
  return !names || names[0]?.toLowerCase() === method.toLowerCase();
}

const valueAt = (args: unknown, path: string): unknown => path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], args);

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((each) => each === null ? LARGE : lossy(String(each)));
}
