import type { Pairs } from "../pairs.ts";

/** Headers that Envoy keeps once: a second value is appended to the first, with a comma (HeaderMapImpl::insertByKey). */
const ONCE = new Set([
  ":authority", ":method", ":path", ":protocol", ":scheme", ":status", "accept", "accept-encoding", "authorization", "cache-control",
  "connection", "content-encoding", "content-length", "content-type", "date", "etag", "expect", "grpc-message", "grpc-status", "grpc-timeout",
  "keep-alive", "location", "origin", "proxy-connection", "referer", "server", "te", "transfer-encoding", "upgrade", "user-agent",
  "via", "x-client-trace-id", "x-envoy-attempt-count", "x-forwarded-client-cert", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
  "x-forwarded-proto", "x-request-id",
]);

/** A header map of Envoy's: names in lower case, pseudo headers first, otherwise in the order in which they came. */
export class Headers {
  readonly pairs: Pairs = [];

  constructor(pairs: Pairs = []) { for (const [name, value] of pairs) this.add(name, value); }

  /** The first value of a name, as the host call gives it, however many there are. */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.pairs.find(([each]) => each === key)?.[1];
  }

  add(name: string, value: string): void {
    const key = name.toLowerCase(), old = ONCE.has(key) ? this.pairs.find(([each]) => each === key) : undefined;
    if (old) {
      if (value) old[1] = old[1] ? `${old[1]},${value}` : value;
    } else if (key.startsWith(":")) {
      const end = this.pairs.findIndex(([each]) => !each.startsWith(":"));
      this.pairs.splice(end < 0 ? this.pairs.length : end, 0, [key, value]);
    } else this.pairs.push([key, value]);
  }

  /** The only value from now on, at the end of the map. */
  set(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
  }

  remove(name: string): void {
    const key = name.toLowerCase();
    for (let i = this.pairs.length; i-- > 0;) if (this.pairs[i]?.[0] === key) this.pairs.splice(i, 1);
  }

  replaceAll(pairs: Pairs): void {
    this.pairs.length = 0;
    for (const [name, value] of pairs) this.add(name, value);
  }

  /** Pairs in it. */
  get count(): number { return this.pairs.length; }

  /** Bytes of all names and values. */
  get bytes(): number { return this.pairs.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0); }
}
