/** What `decode` says of a Dubbo request, and a real library's reading of it, side by side. */
import type { InspectLine, Inspector, Value } from "../../harness/emulator/inspector.ts";
import type { Library, Reading } from "../../harness/peers/dubbo/frames.ts";

/** Values by key; null: hidden. A key that is not there has none. */
export type Said = Map<string, string[] | null>;

const ATTACHMENTS = ["user", "last"];
const KEYS = ["interface", "version", "group", "method", ...ATTACHMENTS];
/** What stands for no version. */
const NO_VERSION = "0.0.0";

/** What a rule would see behind filters that guard; null: the request is refused. */
export function saidOf(inspector: Inspector, frame: Buffer): Said | null {
  const inspection = inspector.open("dubbo", {}, "none", true);
  const names = new Map(KEYS.map((key) => [key, inspection.want(key, "request")]));
  const lines: InspectLine[] = [...inspection.feed("request", frame), ...inspection.finish("request")], metadata = lines[0]?.metadata;
  inspection.close();
  if (lines.length !== 1 || !metadata || lines[0]?.error !== undefined) return null;
  return new Map(KEYS.map((key) => [key, valuesOf(metadata[names.get(key) ?? ""])]));
}

function valuesOf(value: Value | Value[] | undefined): string[] | null {
  if (value === undefined) return [];
  const all = Array.isArray(value) ? value : [value];
  return all.every((each) => typeof each === "string") ? all : null;
}

/** Where the library's reading is another; empty: nowhere. */
export function difference(said: Said, reading: Reading, library: Library): string {
  const attachments = reading.attachments ?? {};
  const wrong = KEYS.map((key) => {
    const values = said.get(key);
    if (values === null || values === undefined) return "";
    const read = library === "java" ? readByJava(key, reading) : readByGo(key, reading);
    return agrees(key, values, read, attachments) ? "" : `${key}: decode says ${JSON.stringify(values)}, ${library} reads ${JSON.stringify(read)}`;
  });
  return wrong.filter(Boolean).join("; ");
}

function agrees(key: string, values: string[], read: string | true | null, attachments: Record<string, unknown>): boolean {
  if (read === true) return false;
  if (read !== null && values.includes(read)) return true;
  if (read !== null && read !== "" && !(key === "version" && read === NO_VERSION)) return false;
  // Nobody finds a service without its path.
  if (key === "interface") return true;
  // Names ignore case: that a server does not is said in docs.
  if (Object.keys(attachments).some((name) => name !== key && name.toLowerCase() === key)) return true;
  return values.every((value) => value === "" || (key === "version" && value === NO_VERSION));
}

/** Attachments stand for the strings of the head, where they are there (DecodeableRpcInvocation, DubboProtocol.getInvoker). */
function readByJava(key: string, { attachments = {}, ...head }: Reading): string | true | null {
  if (key === "method") return methodOf(head);
  if (key === "interface") return attachments.path !== undefined ? attachments.path : head.path ?? null;
  if (key === "version") return attachments.version !== undefined ? attachments.version : head.version ?? null;
  return attachments[key] ?? null;
}

/** RPCInvocation.ServiceKey: the head is not looked at. */
function readByGo(key: string, { attachments = {}, ...head }: Reading): string | true | null {
  if (key === "method") return methodOf(head);
  if (key === "interface") return typeof attachments.path === "string" ? attachments.path : attachments.interface ?? null;
  return attachments[key] ?? null;
}

const methodOf = ({ method, first }: Reading): string | null => method === "$invoke" || method === "$invokeAsync" ? first ?? null : method ?? null;
