import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { writeTag, writeVarint, WireType } from "../../bytes/protobuf";
import { Writer } from "../../bytes/writer";
import { LogLevel } from "../../env/enums";
import { logBytes } from "../../host/log";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Outcome } from "../../codec/enums";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure } from "../../codec/failure";
import { SavedValuesPool, SavedValues } from "../../proxy/filter/format/index";
import { Mutation } from "../../codec/mutation";
import { nowNs } from "../../proxy/runtime/clock";
import { randomBelow } from "../../proxy/runtime/random";
import { readFraction, WHOLE } from "../../proxy/runtime/fraction";
import { endedAs } from "../ending";
import { Exporter } from "../otlp/exporter";
import { writeFixed64, writeTextField, writeTextValue } from "../otlp/proto";
import { readTarget } from "../otlp/target";
import { Line } from "./line";

/** Requests of one VM whose metadata is kept at a time; of further ones it is logged as absent. */
const MAX_KEPT: i32 = 16384;
/** Fields of a LogRecord, and severities. */
const TIME = 1, SEVERITY = 2, SEVERITY_TEXT = 3, BODY = 5, OBSERVED = 11;
const INFO: i32 = 9, WARN: i32 = 13, ERROR: i32 = 17;
const INFO_TEXT = utf8Bytes("INFO"), WARN_TEXT = utf8Bytes("WARN"), ERROR_TEXT = utf8Bytes("ERROR");

const line: Writer = new Writer(1024);
const item: Writer = new Writer(1024);

/** Writes a line for each request, or some of them, when it is over; docs/filters/access-log.md. */
@final
export class AccessLogFilter extends Filter {
  private line: Line = new Line();
  private keeper: SavedValuesPool = new SavedValuesPool();
  private keeping: i32 = 0;
  private share: i32 = WHOLE;
  private errorShare: i32 = WHOLE;
  private toLog: bool = true;
  private exporter: Exporter | null = null;

  /** {"format"? | "json"?, "share"?, "errorShare"?, "log"?, "otlp"?} */
  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["format", "json", "share", "errorShare", "log", "otlp"]);
    this.share = readFraction(config, "share", problems);
    this.errorShare = readFraction(config, "errorShare", problems);
    const otlp = problems.object(config, "otlp");
    this.toLog = problems.bool(config, "log", otlp === null);
    if (!this.toLog && !otlp && problems.ok) problems.report(config.path() + ".log", "found false, which needs otlp");
    this.line.read(config, keys, problems);
    if (otlp) {
      const target = readTarget(otlp, "/v1/logs", keys.service, problems);
      if (problems.ok) this.exporter = new Exporter(target, "logs", keys.service);
    }
    keys.timed();
  }

  /** The word: above, a number that decides by share; below, the place of what was kept, plus 1. */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const dice = <i32>randomBelow(WHOLE);
    let word = <u64>dice << 32;
    if (this.line.keepsAnything && dice < max(this.share, this.errorShare) && this.keeping < MAX_KEPT) {
      const kept = this.keeper.take();
      this.keeping++;
      this.line.keepRequest(f, kept);
      word |= <u64>kept.place + 1;
    }
    x.setWord(this.place, word);
    return null;
  }

  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    const kept = this.keptOf(x);
    if (kept) this.line.keepReply(f, kept);
  }

  onEnd(x: Exchange): void {
    const kept = this.keptOf(x), outcome = endedAs(x), dice = <i32>(x.word(this.place) >> 32);
    if (dice < (outcome == Outcome.Ok && !x.isCut ? this.share : this.errorShare)) this.write(x, kept, outcome);
    if (!kept) return;
    this.keeper.give(kept);
    this.keeping--;
  }

  private keptOf(x: Exchange): SavedValues | null { return this.keeper.of(x.word(this.place) & 0xffffffff); }

  private write(x: Exchange, kept: SavedValues | null, outcome: Outcome): void {
    const exporter = this.exporter;
    line.reset();
    this.line.write(x, kept, line);
    if (this.toLog) logBytes(LogLevel.Info, line.base, line.length);
    if (!exporter) return;
    item.reset();
    writeFixed64(item, TIME, x.startedAt);
    writeTag(item, SEVERITY, WireType.Varint);
    writeVarint(item, outcome == Outcome.Server ? ERROR : outcome == Outcome.Caller ? WARN : INFO);
    const text = outcome == Outcome.Server ? ERROR_TEXT : outcome == Outcome.Caller ? WARN_TEXT : INFO_TEXT;
    writeTextField(item, SEVERITY_TEXT, changetype<usize>(text), text.length);
    writeTextValue(item, BODY, line.base, line.length);
    writeFixed64(item, OBSERVED, nowNs());
    exporter.add(item);
  }
}
