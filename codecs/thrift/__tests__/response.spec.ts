import { Direction, Outcome, PendingRequest, RequestFinder, Verdict } from "../../../assembly/codec/index";
import { Bench, bytes, framed, headed } from "./support";

/** Finds one exchange by one key. */
class OneRequest extends RequestFinder {
  constructor(private x: PendingRequest) { super(); }
  find(key: u64): PendingRequest | null { return this.x.key == key ? this.x : null; }
}

function fault(spec: string): string {
  const b = new Bench(Direction.Response, []), m = framed(spec);
  let n = 1;
  while (b.decode(m, n) == Verdict.Need && n < m.length) n = max(n + 1, min(b.wire.need, m.length));
  const one = b.frame.outcome.toString() + " " + b.frame.code.toString();
  const w = new Bench(Direction.Response, []);
  w.decode(m);
  expect(w.frame.outcome.toString() + " " + w.frame.code.toString()).toBe(one, spec);
  return one;
}

const OK: string = Outcome.Ok.toString() + " 0", CALLER: string = Outcome.Caller.toString() + " 0";
const SERVER: string = Outcome.Server.toString() + " ";

describe("replies", () => {
  it("are the server's fault, the caller's, or nobody's", () => {
    const binary = "80010002 <m> 00000007", compact = "8241 07 {m}";
    expect(fault(binary + "00")).toBe(OK);
    expect(fault(binary + "0b 0000 <x> 00")).toBe(OK);
    expect(fault(binary + "0c 0001 00 00")).toBe(CALLER);
    expect(fault(compact + "00")).toBe(OK);
    expect(fault(compact + "08 00 {x} 00")).toBe(OK);
    expect(fault(compact + "1c 00 00")).toBe(CALLER);
    expect(fault(compact + "0c 02 00 00")).toBe(CALLER);
    expect(fault(binary)).toBe(OK);
  });

  it("tell the type of an exception", () => {
    const binary = "80010003 <m> 00000007", compact = "8261 07 {m}";
    expect(fault(binary + "0b 0001 <no> 08 0002 00000005 00")).toBe(SERVER + "5");
    expect(fault(binary + "08 0002 00000005 0b 0001 <no> 00")).toBe(SERVER + "5");
    expect(fault(binary + "0b 0001 <no> 00")).toBe(SERVER + "0");
    expect(fault(binary + "0b 0001 7fffffff")).toBe(SERVER + "0");
    expect(fault(compact + "18 {no} 15 0c 00")).toBe(SERVER + "6");
    expect(fault(compact + "18 {no} 05 04 0c 00")).toBe(SERVER + "6");
    expect(fault(compact + "15 0c 18 {no} 00")).toBe(SERVER + "0");
    expect(fault(binary + "0b 0001 00001001 00")).toBe(SERVER + "0");
  });

  it("end where their struct ends, unframed", () => {
    const b = new Bench(Direction.Response, ["type"]), m = bytes("8241 07 {m} 08 00 {x} 00 8241");
    expect(b.decode(m)).toBe(Verdict.Head);
    expect(b.value("type")).toBe("reply");
    expect(b.frame.size).toBe(-1);
    expect(b.frame.head).toBe(5);
    b.wire.reader.reset(m.base + 5, m.length - 5);
    expect(b.codec.tail(b.wire, b.frame)).toBe(5);
  });

  it("find their request by either sequence id where a payload cannot be read", () => {
    const unread = new PendingRequest(), read = new PendingRequest();
    unread.key = 0x2_0000_0009;
    read.key = 0x1_0000_0009;
    const b = new Bench(Direction.Response, []);
    b.wire.finder = new OneRequest(unread);
    b.decode(headed("", "80010002 <m> 00000007 00"));
    expect(b.frame.request === unread).toBe(true);
    const json = framed("0fff 0000 00000009 0001 01 00 0000 '[]'");
    b.decode(json);
    expect(b.frame.request === unread).toBe(true);
    b.wire.finder = new OneRequest(read);
    b.decode(json);
    expect(b.frame.key).toBe(read.key);
  });

  it("without a sequence id of their own have that of the THeader", () => {
    const x = new PendingRequest(), b = new Bench(Direction.Response, []), reply = "80010002 <m> 00000000 00";
    x.key = 0x2_0000_0009;
    b.wire.finder = new OneRequest(x);
    b.decode(headed("", reply, "0001"));
    expect(b.frame.request === x).toBe(true);
    x.key = 0;
    b.decode(headed("", reply));
    expect(b.frame.request === null).toBe(true);
    expect(b.frame.key).toBe(0);
  });

  it("that are bad cost themselves, if it is known whose they are, otherwise their lane", () => {
    const b = new Bench(Direction.Response, []);
    expect(b.decode(framed("80010001 <m> 00000007 00"))).toBe(Verdict.Bad);
    expect(b.frame.key).toBe(0x1_0000_0007);
    expect(b.frame.size).toBe(18);
    expect(b.decode(framed("80010002 7fffffff"))).toBe(Verdict.Bad);
    expect(b.frame.size).toBe(0);
    expect(b.decode(framed("0fff 0000 00000007 7fff"))).toBe(Verdict.Bad);
    expect(b.frame.key).toBe(0x1_0000_0007);
    expect(b.frame.size).toBe(14);
  });
});
