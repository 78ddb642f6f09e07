import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { Labels, labelValue } from "./labels";
import { AllSeries } from "./series";

const FLUSH_MS: i32 = 1000;

/** Counts requests, by what they ask for and how they ended; docs/filters/metrics.md. */
@final
export class MetricsFilter extends Filter {
  private all: AllSeries | null = null;

  /** {"labels"?: {label: request key}, "maxSeries"?, "reporter"?: "source" | "destination"} */
  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["labels", "maxSeries", "reporter"]);
    const labels = new Labels(), most = <i32>problems.int(config, "maxSeries", 500, 1, 10_000);
    labels.read(problems.object(config, "labels"), keys, problems);
    const reporter = problems.oneOf(config, "reporter", ["source", "destination"], "source");
    if (!problems.ok) return;
    const start = ";.;reporter=.=" + reporter + ";.;request_protocol=.=" + labelValue(keys.codec.protocol) + ";.;destination_service=.=" + labelValue(keys.service) + ";.;";
    this.all = new AllSeries(start, labels, most);
    this.tickMs = FLUSH_MS;
    keys.timed();
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    x.setWord(this.place, <u64><u32>(this.all!.begin(x, f.metadata) + 1));
    return null;
  }

  onEnd(x: Exchange): void { this.all!.end(x, <i32>x.word(this.place) - 1); }

  onTick(): void { this.all!.flush(); }
}
