/**
 * AwesomeRPC, a protocol made up for this example. Every frame, both ways, numbers big endian:
 *
 *   0 u16 magic 0x4157 | 2 u8 type | 3 u8 status | 4 u32 id | 8 u16 headers' length | 10 u32 body's length
 *   14 headers: lines `key=value\n` | body
 *
 * type: 0 request, 1 reply, 2 one-way request, 3 ping, 4 pong. status of a reply: 0 good, 1 the caller's fault, 2 the server's.
 */
import {
  Change, Codec, PendingRequest, Expect, Failure, Frame, Kind, Mutation, Outcome, Traits, Verdict, Wire, Writer,
} from "../../assembly/index";

const MAGIC = 0x4157, HEADER = 14, REPLY = 1, ONEWAY = 2, PING = 3, PONG = 4, EQUALS: u8 = 0x3d, NEWLINE: u8 = 0x0a;

@final
export class AwesomeCodec extends Codec {
  constructor() {
    super();
    const traits = new Traits();
    traits.maxHead = HEADER + 0xffff;
    traits.requestKeys = traits.responseKeys = traits.settableRequest = traits.settableResponse = ["*"];
    this.traits = traits;
  }

  request(w: Wire, f: Frame): Verdict { return this.decode(w, f, this.names[0]); }
  response(w: Wire, f: Frame): Verdict { return this.decode(w, f, this.names[1]); }

  private decode(w: Wire, f: Frame, names: string[]): Verdict {
    const r = w.reader;
    if (r.size < HEADER) return w.wants(HEADER);
    if (r.u16() != MAGIC) return w.bad("wrong magic", 0);
    const type = r.u8(), status = r.u8();
    f.key = r.u32();
    f.head = HEADER + r.u16();
    const body = r.i32();
    if (body < 0 || body > i32.MAX_VALUE - f.head) return w.bad("body too long", 10);
    if (r.size < f.head) return w.wants(f.head);
    f.size = f.head + body;
    f.expect = type == ONEWAY ? Expect.None : Expect.Some;
    f.kind = type == PING ? Kind.Ping : type == PONG ? Kind.Drop : Kind.Call;
    f.code = status;
    f.outcome = <Outcome>min(status, 2);
    for (let at = HEADER; at < f.head; ) {
      const equals = r.find(EQUALS, at), end = r.find(NEWLINE, at);
      if (equals < 0 || end < 0 || equals > end || end >= f.head) return w.bad("header without = or end", at);
      const slot = r.oneOf(at, equals - at, names);
      if (slot >= 0) f.put(slot, equals + 1, end - equals - 1);
      at = end + 1;
    }
    return Verdict.Head;
  }

  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 {
    const r = w.reader, names = this.names[w.lane ? 1 : 0];
    out.copy(r, 0, HEADER);
    for (let at = HEADER; at < f.head; ) {
      const end = r.find(NEWLINE, at) + 1, slot = r.oneOf(at, r.find(EQUALS, at) - at, names);
      if (slot < 0 || mutation.decisive(slot) < 0) out.copy(r, at, end - at);
      at = end;
    }
    for (let i = 0; i < mutation.length; i++) {
      const edit = mutation.at(i);
      if (edit.change == Change.Remove || i < mutation.decisive(edit.slot)) continue;
      if (edit.valueHas(NEWLINE)) return -1;
      out.bytes(edit.nameAt, edit.name.length);
      out.u8(EQUALS);
      out.bytes(edit.valueAt, edit.valueLength);
      out.u8(NEWLINE);
    }
    if (out.length > HEADER + 0xffff) return -1;
    out.patch16(8, out.length - HEADER);
    return f.head;
  }

  code(text: string): i32 { return text == "caller" ? 1 : text == "server" ? 2 : -1; }

  answer(w: Wire, f: Frame, out: Writer): void { this.frame(PONG, 0, f.key, "", out); }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    this.frame(REPLY, failure.code ? failure.code : 2, x ? x.key : 0, failure.text, out);
    return true;
  }

  beat(w: Wire, out: Writer): bool {
    this.frame(PING, 0, 0, "", out);
    return true;
  }

  private frame(type: i32, status: i32, id: u64, body: string, out: Writer): void {
    out.u16(MAGIC);
    out.u8(type);
    out.u8(status);
    out.u32(<u32>id);
    out.u16(0);
    out.u32(String.UTF8.byteLength(body));
    out.text(body);
  }
}
