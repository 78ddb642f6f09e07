/** Random configurations: filters, routes, limits, of any protocol. Some of them the module refuses. */
import type { Random } from "../contract/damage.ts";

export type Upstream = "lanes" | "inline";

/** Keys of requests, and those that a mutation may set. */
const KEYS: Record<string, { read: string[]; set: string[] }> = {
  toy: { read: ["to", "verb", "user", "mark", "body"], set: ["mark", "x"] },
  dubbo: { read: ["interface", "method", "version", "group", "user", "traceparent"], set: ["x", "user"] },
  thrift: { read: ["service", "method", "type", "header.user"], set: ["header.x"] },
  redis: { read: ["command", "key", "database", "user", "channel"], set: [] },
  awesomerpc: { read: ["user"], set: ["x"] },
};
const VALUES = ["a", "b", "say.*", "GET", "", "(a|b)*c", "user", "ann", "x"];

export const CODECS = Object.keys(KEYS);

/** Nothing passes: for what must then never reach a server. */
export const DENIES = { name: "auth", config: { rules: [], default: "deny" } };
export const RDS = { cluster: "xds", resource: "it" };

/** One try. `denies`: with a filter that lets nothing through, before all others. */
export function randomConfig(codec: string, upstream: Upstream, denies: boolean, random: Random): object {
  const made = new Config(codec, upstream === "lanes", random);
  const filters = [...(denies ? [DENIES] : []), ...made.filters()];
  // What is passed unread no filter sees: where one closes doors, that is refused.
  const opaque = filters.length === 0 && random.below(2) === 0 ? { defaultCluster: "a", opaque: "allow" } : {};
  return { codec, upstream, service: "s", options: made.options(), filters, limits: made.limits(), ...made.targets(), ...opaque, rds: RDS };
}

class Config {
  constructor(private readonly codec: string, private readonly lanes: boolean, private readonly random: Random) {}

  private one(of: number): boolean { return this.random.below(of) === 0; }
  private get key(): string { return this.random.pick(KEYS[this.codec]!.read); }

  private match(): object[][] {
    const how = this.random.pick(["exact", "prefix", "suffix", "contains", "regex"]);
    return [[{ key: this.key, [how]: this.random.pick(VALUES), ...(this.one(3) ? { invert: true } : {}) }]];
  }

  private set(): object | undefined {
    const keys = KEYS[this.codec]!.set;
    return keys.length > 0 && this.one(2) ? { set: { [this.random.pick(keys)]: this.random.pick(["v", `%REQ(${this.key})%`]) } } : undefined;
  }

  options(): object {
    const { random } = this;
    if (this.codec === "thrift") return { transports: ["unframed", "framed", "header"], protocols: ["binary", "compact"] };
    if (this.codec !== "toy") return {};
    return { order: random.pick(["free", "replies", "strict"]), ids: this.one(2) || this.one(2), greet: this.one(4), goodbye: this.one(2) };
  }

  filters(): object[] {
    const { random, key } = this, some: object[] = [], add = (of: number, name: string, config: object): void => {
      if (this.one(of)) some.push({ name, config, ...(this.one(3) ? { match: this.match() } : {}) });
    };
    if (this.one(6)) return some;
    add(2, "metrics", { labels: { a: key }, maxSeries: 50 });
    add(3, "accessLog", { json: { k: `%REQ(${key})%`, f: "%RESPONSE_FLAGS%" } });
    add(3, "auth", { rules: [{ name: "x", action: random.pick(["allow", "deny"]), match: this.match() }], default: random.pick(["allow", "allow", "deny"]) });
    add(2, "hold", { key, value: random.pick([...VALUES, "1"]) || "a", ms: random.pick([20, 200, 2000]), refuse: this.one(2) });
    add(2, "fault", { delay: { ms: random.pick([10, 100, 3000]), share: random.pick([300_000, 1_000_000]) }, ...(this.one(3) && this.codec === "toy" ? { abort: { code: "7", share: 500_000 } } : {}) });
    add(4, "extAuth", { cluster: "authz", headers: { "x-a": key }, facts: { role: "x-role" }, timeoutMs: 500 });
    add(4, "globalRateLimit", { domain: "d", rateLimitService: "rl", descriptors: [[{ descriptorKey: "k", property: key }]] });
    add(4, "localRateLimit", { bucket: { max: 50, tokensPerFill: 50, fillMs: 1000 }, keys: [{ key, bucket: { max: 5, tokensPerFill: 5, fillMs: 1000 }, maxValues: 20 }] });
    add(6, "jwt", { key, issuer: "i", fetch: { cluster: "keys" }, optional: this.one(2), claims: ["sub"] });
    add(5, "tracing", { otlp: { cluster: "otel" }, ...(this.codec === "redis" ? { propagation: [] } : {}) });
    const change = this.set();
    if (change) add(3, "mutation", { request: change });
    return some.sort(() => random.below(3) - 1);
  }

  limits(): object {
    const { random } = this;
    return {
      connectionBytes: 1 << 20, vmBytes: 1 << 24, drainMs: random.pick([200, 1000, 5000]), beatMs: random.pick([0, 100, 1000]), maxLanes: random.pick([1, 2, 32]),
      laneOpenMs: random.pick([50, 500, 5000]), laneMaxAgeMs: random.pick([0, 500, 600_000]), maxOpen: random.pick([5, 100, 65_536]), laneIdleMs: random.pick([0, 300]),
      idleMs: random.pick([0, 0, 700]), drainOnRouteChange: this.one(3),
    };
  }

  targets(): object {
    const { random } = this, names = ["a", "b", "c"], clusters: Record<string, object> = {};
    for (const name of names) if (this.lanes && this.one(2)) clusters[name] = this.cluster(name);
    const named = names.map((name) => ({ name, match: this.codec === "toy" ? [[{ key: "to", exact: name }]] : this.match(), cluster: name, ...this.route() }));
    return { ...(this.lanes ? { clusters } : {}), routes: named, ...(this.one(4) ? {} : { defaultCluster: random.pick(names) }) };
  }

  private cluster(name: string): object {
    const { random } = this;
    const endpoints = Array.from({ length: 1 + random.below(3) }, (_, at) => ({ address: `127.0.0.${name.charCodeAt(0)}:${at + 1}`, ...(this.one(4) ? { priority: random.below(2) } : {}) }));
    return {
      endpoints, balance: random.pick(["roundRobin", "leastRequest", "hash", "random"]),
      ...(this.one(3) ? { limits: { maxRequests: random.pick([2, 20]), maxPending: random.pick([1, 5]) } } : {}),
      ...(this.one(4) ? { outlier: { errors: 2, baseMs: 500, maxPercent: 100 } } : {}),
    };
  }

  private route(): object {
    const { random } = this, request = this.set();
    return {
      ...(this.one(2) ? { timeoutMs: random.pick([50, 300, 2000]) } : {}), ...(request ? { request } : {}),
      ...(this.lanes && this.one(2) ? { retries: { attempts: 2, on: ["connect", "reset", "server"], safe: true, ...(this.one(2) ? { perTryTimeoutMs: 100 } : {}) } } : {}),
      ...(this.lanes && this.one(4) ? { mirrors: [{ cluster: "c", share: 500_000 }] } : {}), ...(this.lanes ? { hash: [this.key] } : {}),
    };
  }
}
