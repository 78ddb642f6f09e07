import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Counter } from "../../host/metrics";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure } from "../../codec/failure";
import { Metadata } from "../../codec/metadata";
import { Mutation } from "../../codec/mutation";
import { Match } from "../../proxy/match/matcher";
import { nowNs } from "../../proxy/runtime/clock";
import { LimitReader } from "./config";
import { KeyLimit, Limit, WholeLimit } from "./limit";
import { agreeOnSeed } from "./seed";

/** Token buckets: docs/filters/local-rate-limit.md. */
@final
export class LocalRateLimit extends Filter {
  private service: WholeLimit | null = null;
  private rules: WholeLimit[] = [];
  private keyed: KeyLimit[] = [];
  private all: Limit[] = [];
  private dryRun: bool = false;
  private passed: Counter | null = null;
  private evicted: Counter | null = null;
  private evictions: i64 = 0;
  /** What the request at hand has taken from. */
  private taken: StaticArray<Limit> = new StaticArray<Limit>(0);
  private count: i32 = 0;

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["bucket", "rules", "keys", "dryRun"]);
    this.guards = true;
    this.dryRun = problems.bool(config, "dryRun");
    const labels = ";.;service=.=" + keys.service + ";.;", reader = new LimitReader(keys, this.place, labels, problems);
    this.service = reader.service(config);
    this.readLists(config, reader, problems);
    if (!problems.ok) return;
    if (this.all.length == 0) return problems.report(config.path(), "missing, allowed: bucket, rules, keys, or several of them");
    this.passed = new Counter("meltemi_rate_limit_ok" + labels);
    this.evicted = new Counter("meltemi_rate_limit_evicted" + labels);
    this.taken = new StaticArray<Limit>(this.all.length);
    this.tickMs = 1000;
    keys.timed();
    agreeOnSeed();
  }

  private readLists(config: Json, reader: LimitReader, problems: Problems): void {
    const rules = problems.list(config, "rules"), keyed = problems.list(config, "keys"), service = this.service;
    for (let i = 0; i < rules.length; i++) {
      const rule = reader.rule(rules[i]);
      if (rule === null) return;
      this.rules.push(rule);
      this.all.push(rule);
    }
    if (service) this.all.push(service);
    for (let i = 0; i < keyed.length; i++) {
      const limit = reader.key(keyed[i]);
      if (limit === null) return;
      this.keyed.push(limit);
      this.all.push(limit);
    }
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    this.count = 0;
    const over = this.takeAll(f.metadata, <i64>(nowNs() / 1000));
    if (over === null) {
      this.passed!.add();
      return null;
    }
    while (this.count > 0) unchecked(this.taken[--this.count]).putBack(f.metadata);
    over.limited.add();
    return this.dryRun ? null : over.failure;
  }

  onTick(): void {
    let evictions: i64 = 0;
    for (let i = 0; i < this.all.length; i++) {
      this.all[i].limited.flush();
      evictions += this.all[i].evicted;
    }
    this.passed!.flush();
    this.evicted!.add(evictions - this.evictions);
    this.evicted!.flush();
    this.evictions = evictions;
  }

  /** The limit that a request is over; null: it has taken what it needs of all. */
  private takeAll(metadata: Metadata, now: i64): Limit | null {
    let ruled = false;
    for (let i = 0; i < this.rules.length && !ruled; i++) {
      const rule = unchecked(this.rules[i]), condition = rule.condition!;
      // What may be of a rule and may be of the next counts in both.
      if (!condition.mayHold(metadata)) continue;
      if (!this.take(rule, metadata, now)) return rule;
      ruled = condition.match(metadata) == Match.Yes;
    }
    const service = this.service;
    if (!ruled && service !== null && !this.take(service, metadata, now)) return service;
    for (let i = 0; i < this.keyed.length; i++) {
      if (!this.take(unchecked(this.keyed[i]), metadata, now)) return unchecked(this.keyed[i]);
    }
    return null;
  }

  private take(limit: Limit, metadata: Metadata, now: i64): bool {
    if (!limit.take(metadata, now)) return false;
    unchecked(this.taken[this.count++] = limit);
    return true;
  }
}
