import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure } from "../../codec/failure";
import { View } from "../../codec/metadata";
import { Mutation } from "../../codec/mutation";
import { readFraction } from "../../proxy/runtime/fraction";
import { nowNs } from "../../proxy/runtime/clock";
import { Exporter } from "../otlp/exporter";
import { readTarget } from "../otlp/target";
import { Attributes } from "./attributes";
import { Sampled, TraceContext } from "./context";
import { CONVENTIONS, conventionOf, firstKey } from "./conventions";
import { appendCut, CLIENT, SERVER, writeSpan } from "./export";
import { Ids } from "./ids";
import { FORMATS, Propagation } from "./propagation";
import { OpenSpan, OpenSpans } from "./span";

/** Requests whose spans may be open at a time, in one VM. */
const MAX_OPEN: i32 = 8192;
const MAX_STATUS: i32 = 64;

const context: TraceContext = new TraceContext();
const item: Writer = new Writer(1024);
const value: View = new View();

/** Continues or begins a trace for each request, and tells a collector of a server and a client span; docs/filters/tracing.md. */
@final
export class TracingFilter extends Filter {
  private share: i32 = 0;
  private propagation: Propagation = new Propagation();
  private attributes: Attributes | null = null;
  private statusName: StaticArray<u8> = new StaticArray<u8>(0);
  private statusSlot: i32 = -1;
  private spans: OpenSpans = new OpenSpans(MAX_OPEN);
  private ids: Ids | null = null;
  private exporter: Exporter | null = null;

  /** {"otlp", "share"?, "propagation"?: ["w3c", "b3", "b3multi"], "convention"?, "system"?, "attributes"?: {name: request key}} */
  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["otlp", "share", "propagation", "convention", "system", "attributes"]);
    const otlp = problems.object(config, "otlp");
    if (!otlp) return problems.missing(config, "otlp", "an object");
    const target = readTarget(otlp, "/v1/traces", keys.service, problems);
    this.share = readFraction(config, "share", problems);
    this.readPropagation(config, keys, problems);
    const codec = keys.codec.protocol, convention = conventionOf(config.has("convention") ? problems.oneOf(config, "convention", CONVENTIONS, "") : "", codec);
    const attributes = new Attributes(convention);
    attributes.configure(problems.text(config, "system", codec), problems.object(config, "attributes"), keys, problems);
    const status = firstKey(keys, convention.statusKeys, true);
    if (status.length) this.statusSlot = keys.response("convention", status, problems);
    this.statusName = utf8Bytes(convention.status);
    if (!problems.ok) return;
    keys.timed();
    this.attributes = attributes;
    this.ids = new Ids();
    this.exporter = new Exporter(target, "traces", keys.service);
  }

  private readPropagation(config: Json, keys: KeyResolver, problems: Problems): void {
    const path = config.path() + ".propagation";
    if (!config.has("propagation")) return this.propagation.add("w3c", path, keys, problems);
    const formats = problems.list(config, "propagation");
    for (let i = 0; i < formats.length && problems.ok; i++) {
      if (FORMATS.includes(formats[i].text)) this.propagation.add(formats[i].text, formats[i].path(), keys, problems);
      else problems.wrong(formats[i], FORMATS.join(", "));
    }
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const ids = this.ids!;
    this.propagation.read(f, context);
    const begun = !context.exists, sampled = context.sampled == Sampled.Unknown ? ids.dice(this.share) : context.sampled == Sampled.Yes;
    // Who decided against it is left alone: nobody will ask for the spans in between.
    if (!sampled && !begun && context.sampled == Sampled.No) return null;
    if (begun) {
      ids.stir();
      context.high = ids.next();
      context.low = ids.next();
      context.random = true;
      context.span = 0;
    }
    const server = ids.next(), client = ids.next();
    if (!this.propagation.isNone) this.propagation.write(f, mutation, context, client, server, sampled, begun);
    if (!sampled) return null;
    const span = this.spans.take();
    if (span) this.open(x, f, span, server, client, begun);
    else this.exporter!.drop(2);
    return null;
  }

  private open(x: Exchange, f: Frame, span: OpenSpan, server: u64, client: u64, begun: bool): void {
    span.high = context.high;
    span.low = context.low;
    span.parent = context.span;
    span.server = server;
    span.client = client;
    span.sentAt = nowNs();
    if (!begun) this.propagation.readState(f, span.state);
    this.attributes!.describe(f, span);
    x.setWord(this.place, <u64>span.place + 1);
  }

  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    const word = x.word(this.place), place = word && this.statusSlot >= 0 ? f.metadata.first(this.statusSlot) : -1;
    if (place < 0) return;
    const status = this.spans.of(word).status;
    f.metadata.view(place, value);
    status.reset();
    appendCut(status, value.at, value.length, MAX_STATUS);
  }

  onEnd(x: Exchange): void {
    const word = x.word(this.place);
    if (word == 0) return;
    // Handing on the first span may read the clock again.
    const span = this.spans.of(word), now = nowNs();
    this.export(x, span, SERVER, now);
    if (x.lane) this.export(x, span, CLIENT, now);
    this.spans.give(span);
  }

  private export(x: Exchange, span: OpenSpan, kind: i32, now: u64): void {
    item.reset();
    writeSpan(x, span, kind, now, this.statusName, item);
    this.exporter!.add(item);
  }
}
