import { Writer } from "../../../assembly/bytes/writer";
import { Direction, Failure, PendingRequest, Reason, Verdict } from "../../../assembly/codec/index";
import { Bench, bytes, CALL, framed, headed, hexOf } from "./support";

/** The exchange of the request that a bench has read last. */
function exchangeOf(b: Bench): PendingRequest {
  const x = new PendingRequest(), f = b.frame;
  x.a = f.a;
  x.b = f.b;
  x.key = f.key;
  x.keepNote(f.metadata.base + <usize>f.noteAt, f.noteLength);
  return x;
}

function answered(request: Writer, failure: Failure): string {
  const b = new Bench(Direction.Request, []), out = new Writer();
  b.decode(request);
  expect(b.codec.reply(b.wire, exchangeOf(b), failure, out)).toBe(true);
  return hexOf(out);
}

/** What a client gets for its first message, which is bad. */
function afterBad(request: Writer): string {
  const b = new Bench(Direction.Request, []), out = new Writer();
  expect(b.decode(request)).toBe(Verdict.Bad);
  expect(b.codec.reply(b.wire, exchangeOf(b), NO, out)).toBe(true);
  return hexOf(out);
}

const NO = new Failure(Reason.Denied, "no");
const BINARY: string = "0b 0001 <no> 08 0002 00000006 00";
const COMPACT: string = "18 {no} 15 0c 00";

describe("errors", () => {
  it("are in the transport and protocol of the request, with its method and sequence id", () => {
    const ids = "12345678";
    expect(answered(bytes("80010001 <S:m>" + ids + "00"), NO)).toBe(hexOf(bytes("80010003 <m>" + ids + BINARY)));
    expect(answered(bytes("<S:m> 01" + ids + "00"), NO)).toBe(hexOf(bytes("<m> 03" + ids + BINARY)));
    expect(answered(bytes("8221 ac02 {S:m} 00"), NO)).toBe(hexOf(bytes("8261 ac02 {m}" + COMPACT)));
    expect(answered(framed("80010001 <S:m>" + ids + "00"), NO)).toBe(hexOf(framed("80010003 <m>" + ids + BINARY)));
    expect(answered(framed("<S:m> 01" + ids + "00"), NO)).toBe(hexOf(framed("<m> 03" + ids + BINARY)));
    expect(answered(framed("8221 ac02 {S:m} 00"), NO)).toBe(hexOf(framed("8261 ac02 {m}" + COMPACT)));
    const header = "0fff 0000 87654321 0001";
    expect(answered(framed(header + "00 00 0000 80010001 <S:m>" + ids + "00"), NO)).toBe(hexOf(framed(header + "00 00 0000 80010003 <m>" + ids + BINARY)));
    expect(answered(framed(header + "02 00 0000 8221 ac02 {S:m} 00"), NO)).toBe(hexOf(framed(header + "02 00 0000 8261 ac02 {m}" + COMPACT)));
  });

  it("have the type of their reason", () => {
    const call = "80010001 <m> 00000007 00";
    const reasons = [
      Reason.RouteNotFound, Reason.ClusterNotFound, Reason.NoHealthyUpstream, Reason.UpstreamReset, Reason.Timeout, Reason.Overflow,
      Reason.RateLimited, Reason.Denied, Reason.BadRequest,
    ];
    const types = ["01", "01", "06", "06", "06", "06", "06", "06", "07"];
    for (let i = 0; i < reasons.length; i++) {
      expect(answered(bytes(call), new Failure(reasons[i], "no"))).toBe(hexOf(bytes("80010003 <m> 00000007 0b 0001 <no> 08 0002 000000" + types[i] + "00")));
    }
    expect(answered(bytes(call), new Failure(Reason.Timeout, ""))).toBe(hexOf(bytes("80010003 <m> 00000007 0b 0001 <Timeout> 08 0002 00000006 00")));
    expect(answered(bytes("8221 07 {m} 00"), new Failure(Reason.FaultAbort, "no", 300))).toBe(hexOf(bytes("8261 07 {m} 18 {no} 15 d804 00")));
  });

  it("of an injected fault have the type that it names", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.codec.code("UNKNOWN_METHOD")).toBe(1);
    expect(b.codec.code("protocol_error")).toBe(7);
    expect(b.codec.code(" 42 ")).toBe(42);
    const wrong = ["", "-1", "1x", "4 2", "9999999999", "NO_SUCH"];
    for (let i = 0; i < wrong.length; i++) expect(b.codec.code(wrong[i])).toBe(-1, wrong[i]);
  });

  it("to a connection as a whole need a message of it", () => {
    const b = new Bench(Direction.Request, []), out = new Writer();
    expect(b.codec.reply(b.wire, null, NO, out)).toBe(false);
    b.decode(framed("8221 07 {m} 00"));
    expect(b.codec.reply(b.wire, null, NO, out)).toBe(true);
    expect(hexOf(out)).toBe(hexOf(framed("8261 00 {}" + COMPACT)));
  });

  it("are in the transport of a message that cannot be read, too, even of the first one", () => {
    const header = "0fff 0001 87654321 0001", error = " {} 18 {no} 15 0c 00", named = " {m} 18 {no} 15 0c 00";
    expect(afterBad(framed("80010009 <m> 00000007 00"))).toBe(hexOf(framed("80010003 <m> 00000007" + BINARY)));
    expect(afterBad(framed("82c1 07 {m} 00"))).toBe(hexOf(framed("8261 07" + named)));
    expect(afterBad(framed(header + "02 00 0000 82c1 07 {m} 00"))).toBe(hexOf(framed(header + "02 00 0000 8261 07" + named)));
    expect(afterBad(framed(header + "02 00 0000 'not compact'"))).toBe(hexOf(framed(header + "02 00 0000 8261 00" + error)));
    expect(afterBad(framed("0fff 0000 87654321 0009"))).toBe(hexOf(framed("0fff 0000 87654321 0001 00 00 0000 80010003 00000000 87654321" + BINARY)));
  });

  it("are not written in a protocol that nobody here can write", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(framed("0fff 0000 00000007 0001 01 00 0000 '[1]'"));
    expect(b.codec.reply(b.wire, exchangeOf(b), NO, new Writer())).toBe(false);
  });
});

describe("the carrier", () => {
  it("is a call without arguments, with the id of the request", () => {
    const b = new Bench(Direction.Request, []), out = new Writer();
    b.decode(framed("80010001 <S:m> 00000007 00"));
    expect(b.codec.carrier(b.wire, exchangeOf(b), out)).toBe(true);
    expect(hexOf(out)).toBe(hexOf(framed("80010001 <S:meltemi_carrier> 00000007 00")));
    out.reset();
    b.decode(headed("", CALL, "0001"));
    expect(b.codec.carrier(b.wire, exchangeOf(b), out)).toBe(true);
    expect(hexOf(out)).toBe(hexOf(headed("", "80010001 <meltemi_carrier> 00000007 00", "0001")));
  });
});
