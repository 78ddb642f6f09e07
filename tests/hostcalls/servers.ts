/** What the servers behind both hosts do, said once: `onenvoy` puts sockets before it, `onemulator` calls it. */
import type { Pairs } from "./case.ts";

export interface WebRequest { method: string; path: string; headers: Pairs; body: string; trailers: Pairs }
export interface WebAnswer { status: number; headers: Pairs; body: string; trailers: Pairs }

/** Headers of a request or response that say something about the case; the rest is between Envoy and its peers. */
const NOISE = /^(:authority|:scheme|host|date|server|connection|keep-alive|transfer-encoding|x-forwarded-proto|x-request-id|x-envoy-.*|te|user-agent|content-length)$/;
export const telling = (pairs: Pairs): Pairs => pairs.filter(([name]) => !NOISE.test(name.toLowerCase())).map(([name, value]) => [name.toLowerCase(), value]);

/** A web server: null is no answer. */
export function web({ path, body, headers }: WebRequest): WebAnswer | null {
  switch (path.split("?")[0]) {
    case "/silent": return null;
    case "/trailers": return { status: 200, headers: [["x-kind", "trailers"]], body: "body", trailers: [["x-last", "1"]] };
    case "/empty": return { status: 204, headers: [["x-kind", "empty"]], body: "", trailers: [] };
    case "/twice": return { status: 200, headers: [["x-twice", "a"], ["x-twice", "b"], ["cache-control", "a"], ["cache-control", "b"]], body: "twice", trailers: [] };
    default: return { status: 200, headers: [["x-kind", "echo"], ["x-got", headers.find(([name]) => name === "x-sent")?.[1] ?? "none"]], body: `got ${body}`, trailers: [] };
  }
}

/** Headers as they are on the wire. */
export const wire = ({ headers, body, trailers, status }: WebAnswer): Pairs =>
  trailers.length > 0 || status === 204 ? headers : [...headers, ["content-length", String(body.length)]];

/** A TCP server: what it writes for bytes from its client, or whether it closes instead (both at once would race). */
export function tcp(text: string): { write: string; close: boolean } {
  const close = text.includes("bye");
  return { write: close ? "" : text.toUpperCase(), close };
}

export interface RpcAnswer { initial: Pairs; messages: string[]; trailers: Pairs; status: number; text: string }

/** A gRPC service: what it does for a message; undefined: it waits for more. */
export function rpc(method: string, message: string): RpcAnswer | undefined {
  const good = { initial: [["x-initial", "i"]] as Pairs, messages: [`got ${message}`], trailers: [["x-trailing", "t"]] as Pairs, status: 0, text: "" };
  switch (method) {
    case "Echo": return good;
    case "Fail": return { ...good, messages: [], status: 7, text: "not you" };
    case "Many": return message === "end" ? { ...good, messages: ["one", "two"] } : undefined;
    default: return undefined;
  }
}
