import { JsonWriter } from "../../bytes/jsonWriter";
import { isUtf8 } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { Direction, Kind, Order, Verdict } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Presence, View } from "../../codec/metadata";
import { Inspection } from "./inspection";
import { FrameSink, Side } from "./side";

const KINDS: StaticArray<string> = ["call", "part", "setup", "local", "ping", "push", "drop"];
const ORDERS: StaticArray<string> = ["free", "replies", "strict"];
const EXPECTS: StaticArray<string> = ["none", "maybe", "some"];
const OUTCOMES: StaticArray<string> = ["ok", "caller", "server"];
const VERDICTS: StaticArray<string> = ["need", "head", "bad", "opaque"];

const scratch = new Writer();

export function orderName(order: Order): string { return ORDERS[order]; }

/** Writes what an inspection sees as JSON, one object a line. Offsets count from the stream's first byte. */
@final
export class Lines extends FrameSink {
  private json: JsonWriter;
  private view: View = new View();

  constructor(private out: Writer, private owner: Inspection) {
    super();
    this.json = new JsonWriter(out);
  }

  frame(side: Side, place: i64, asked: bool, replaced: i32): void {
    const f = side.frame, request = side.direction == Direction.Request;
    this.owner.correlate(side, f);
    this.begin(side.direction, place);
    this.text("kind", KINDS[f.kind]);
    this.text("id", hex(f.key));
    this.int("head", f.head);
    this.int("size", f.size);
    if (request) this.ofRequest(f);
    else this.ofReply(f);
    if (f.pin) this.text("pin", f.pin == u64.MAX_VALUE ? "session" : hex(f.pin));
    if (f.unpin) this.flag("unpin");
    if (f.fence) this.flag("fence");
    if (f.edited) this.flag("edited");
    if (asked) this.text("encoded", replaced > 0 ? "changed" : "cannot");
    if (side.wire.draining) this.flag("draining");
    this.metadata(side);
    if (f.why.length) this.text("why", f.why);
    if (f.kind == Kind.Local || f.kind == Kind.Ping) this.answer(side, f);
    this.end();
    if (!request && this.owner.greeting) {
      scratch.reset();
      this.greeted(this.owner.greeted(f, scratch), scratch);
    }
  }

  bad(direction: Direction, place: i64, at: i32, why: string, size: i32): void {
    this.begin(direction, place);
    this.text("error", why);
    this.int("errorAt", place + at);
    if (size > 0) this.int("skipped", size);
    this.end();
  }

  opaque(direction: Direction, place: i64): void {
    this.begin(direction, place);
    this.flag("opaque");
    this.end();
  }

  ended(direction: Direction, place: i64): void {
    this.begin(direction, place);
    this.flag("end");
    this.end();
  }

  cut(direction: Direction, place: i64, end: i64, missing: i32): void {
    this.begin(direction, place);
    this.text("error", "the bytes end in the middle of a message");
    this.int("errorAt", end);
    if (missing > 0) this.int("missing", missing);
    this.end();
  }

  private greeted(verdict: Verdict, out: Writer): void {
    this.begin(Direction.Response, 0);
    this.text("greet", VERDICTS[verdict]);
    this.bytes("write", out);
    this.end();
  }

  private ofRequest(f: Frame): void {
    this.text("expect", EXPECTS[f.expect]);
    this.text("order", ORDERS[f.order]);
    if (f.safe) this.flag("safe");
    if (f.wait) this.int("wait", f.wait);
  }

  private ofReply(f: Frame): void {
    if (f.kind != Kind.Call && f.kind != Kind.Setup) return;
    this.json.name("last");
    this.json.bool(f.last);
    this.text("outcome", OUTCOMES[f.outcome]);
    this.int("code", f.code);
    if (this.owner.matched) this.int("request", this.owner.matched);
    else this.flag("unmatched");
  }

  private metadata(side: Side): void {
    const f = side.frame, names = this.owner.codec.names[side.direction];
    this.json.name("metadata");
    this.json.beginObject();
    for (let slot = 0; slot < names.length; slot++) {
      const presence = f.metadata.presence(slot), whole = f.metadata.isWhole(slot);
      if ((presence == Presence.Absent && whole) || names[slot] == "*") continue;
      this.json.name(names[slot]);
      if (presence != Presence.Hidden) this.values(side, slot, whole);
      else {
        this.json.beginObject();
        this.flag("hidden");
        this.json.endObject();
      }
    }
    this.json.endObject();
  }

  /** Behind them, of a key that may have others: {"more": true}. */
  private values(side: Side, slot: i32, whole: bool): void {
    const f = side.frame, first = f.metadata.first(slot), many = first >= 0 && (!whole || f.metadata.next(first) >= 0);
    if (many) this.json.beginArray();
    for (let place = first; place >= 0; place = f.metadata.next(place)) this.value(f.metadata.view(place, this.view), side);
    if (!whole) {
      this.json.beginObject();
      this.flag("more");
      this.json.endObject();
    }
    if (many) this.json.endArray();
  }

  /** A value as text; bytes that are no text in hexadecimal; one that lies outside of the head is the codec's mistake. */
  private value(view: View, side: Side): void {
    if (!side.mayShow(view)) {
      this.json.beginObject();
      this.flag("outside");
      this.json.endObject();
    } else if (isUtf8(view.at, view.length)) this.json.bytes(view.at, view.length);
    else {
      this.json.beginObject();
      this.text("hex", hexOf(view.at, view.length));
      this.json.endObject();
    }
  }

  private answer(side: Side, f: Frame): void {
    scratch.reset();
    this.owner.codec.answer(side.wire, f, scratch);
    this.bytes("answer", scratch);
  }

  private begin(direction: Direction, place: i64): void {
    this.json = new JsonWriter(this.out);
    this.json.beginObject();
    this.text("direction", direction == Direction.Request ? "request" : "response");
    this.int("at", place);
  }

  private end(): void {
    this.json.endObject();
    this.out.u8(0x0a);
  }

  private text(name: string, value: string): void {
    this.json.name(name);
    this.json.text(value);
  }

  private int(name: string, value: i64): void {
    this.json.name(name);
    this.json.int(value);
  }

  private flag(name: string): void {
    this.json.name(name);
    this.json.bool(true);
  }

  private bytes(name: string, value: Writer): void { this.text(name, hexOf(value.base, value.length)); }
}

function hex(value: u64): string { return "0x" + value.toString(16); }

function hexOf(at: usize, length: i32): string {
  const digits = "0123456789abcdef";
  const text = new Array<string>(length);
  for (let i = 0; i < length; i++) {
    const byte = <i32>load<u8>(at + i);
    text[i] = digits.charAt(byte >> 4) + digits.charAt(byte & 15);
  }
  return text.join("");
}
