import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { readCondition } from "../../proxy/match/condition";
import { Bucket, MAX_TOKENS } from "./bucket";
import { KeyLimit, WholeLimit } from "./limit";
import { Table } from "./table";

const MAX_FILL_MS: i64 = 86_400_000;
const MAX_VALUES: i64 = 65536;

/** Reads limits at configure time. Those of the same place, name and bucket are the same in all workers, and after an update. */
@final
export class LimitReader {
  private readonly names: string[] = [];

  /** place: of the filter in its chain. labels: those of its metrics. */
  constructor(private readonly keys: KeyResolver, private readonly place: i32, private readonly labels: string, private readonly problems: Problems) {}

  /** The limit for requests that no rule speaks of; null if there is none. */
  service(config: Json): WholeLimit | null {
    const bucket = this.problems.object(config, "bucket");
    return bucket ? this.whole("service", bucket, null) : null;
  }

  /** One item of `rules`; null after a problem. */
  rule(item: Json): WholeLimit | null {
    const problems = this.problems;
    if (!problems.isObject(item)) return null;
    problems.unknownFields(item, ["name", "match", "bucket"]);
    const name = problems.needText(item, "name"), bucket = problems.object(item, "bucket");
    if (!bucket) problems.missing(item, "bucket", "a bucket");
    if (!item.has("match")) problems.missing(item, "match", "lists of matchers");
    if (!this.isNew(item, name) || !bucket) return null;
    return this.whole(name, bucket, item.get("match"));
  }

  /** One item of `keys`; null after a problem. */
  key(item: Json): KeyLimit | null {
    const problems = this.problems;
    if (!problems.isObject(item)) return null;
    problems.unknownFields(item, ["key", "bucket", "maxValues"]);
    const name = problems.needText(item, "key"), json = problems.object(item, "bucket");
    if (!json) problems.missing(item, "bucket", "a bucket");
    const slot = problems.ok ? this.keys.request(item.path() + ".key", name, problems) : -1;
    const values = <i32>problems.int(item, "maxValues", 10000, 1, MAX_VALUES);
    if (!this.isNew(item, "key " + name) || !json) return null;
    const table = this.table("key " + name, json, values);
    return table ? new KeyLimit("key " + name, this.labels, table, slot) : null;
  }

  private whole(name: string, bucket: Json, match: Json | null): WholeLimit | null {
    const table = this.table(name, bucket, 1);
    return table ? new WholeLimit(name, this.labels, table, match ? readCondition(match, this.keys, this.problems) : null) : null;
  }

  private table(name: string, json: Json, values: i32): Table | null {
    const problems = this.problems;
    problems.unknownFields(json, ["max", "tokensPerFill", "fillMs"]);
    const most = problems.needInt(json, "max", 1, MAX_TOKENS), perFill = problems.needInt(json, "tokensPerFill", 1, MAX_TOKENS);
    const fillMs = problems.needInt(json, "fillMs", 1, MAX_FILL_MS);
    if (!problems.ok) return null;
    const shape = [most.toString(), perFill.toString(), fillMs.toString(), values.toString()].join(",");
    const where = ["meltemi.limit", this.keys.service, this.place.toString(), name, shape].join("/");
    return new Table(new Bucket(most, perFill, fillMs * 1000), where, values);
  }

  private isNew(item: Json, name: string): bool {
    if (this.problems.ok && this.names.includes(name)) this.problems.report(item.path(), "found a second limit " + name + ", allowed: one of each name");
    this.names.push(name);
    return this.problems.ok;
  }
}
