import { Direction, Kind, Outcome, PendingRequest, Verdict } from "../../../assembly/codec/index";
import { Writer } from "../../../assembly/bytes/writer";
import { Bench, bytes, hexOf, ID, message, OneRequest } from "./support";

const OK = "14";

function reply(body: string): Writer { return message("02", OK, ID, body); }

function verdict(b: Bench, m: Writer, n: i32 = -1): i32 { return <i32>b.decode(m, n); }

function bench(keys: string[]): Bench {
  const b = new Bench(Direction.Response, keys);
  b.wire.lane = true;
  return b;
}

const NEED: i32 = Verdict.Need;
const HEAD_READ: i32 = Verdict.Head;
const BAD: i32 = Verdict.Bad;

describe("replies", () => {
  it("report whose fault they are", () => {
    const b = bench([]);
    const results = ["90 43<A>90 60", "91 <x>", "92", "93 43<A>90 60 485a", "94 <x> 485a", "95 485a"];
    const outcomes = [Outcome.Caller, Outcome.Ok, Outcome.Ok, Outcome.Caller, Outcome.Ok, Outcome.Ok];
    for (let i = 0; i < results.length; i++) {
      const m = reply(results[i]);
      expect(verdict(b, m, 16)).toBe(NEED);
      expect(b.wire.need).toBe(17);
      expect(verdict(b, m)).toBe(HEAD_READ);
      expect(<i32>b.frame.outcome).toBe(<i32>outcomes[i], results[i]);
      expect(b.frame.code).toBe(20);
      expect(b.frame.head).toBe(17);
      expect(b.frame.size).toBe(m.length);
      expect(b.frame.key).toBe(7);
      expect(b.frame.last).toBe(true);
    }
  });

  it("with an error status need only their header", () => {
    const b = bench(["user"]);
    const statuses = [25, 30, 31, 35, 40, 50, 60, 70, 80, 90, 100, 3];
    const caller = [25, 40, 90];
    for (let i = 0; i < statuses.length; i++) {
      const status = statuses[i];
      const m = message("02", (status < 16 ? "0" : "") + status.toString(16), ID, "<no>");
      expect(verdict(b, m, 16)).toBe(HEAD_READ);
      expect(b.frame.code).toBe(status);
      expect(<i32>b.frame.outcome).toBe(<i32>(caller.includes(status) ? Outcome.Caller : Outcome.Server));
      expect(b.frame.head).toBe(16);
      expect(b.value("user")).toBe("-");
    }
  });

  it("carry attachments behind the result", () => {
    const b = bench(["user"]);
    const m = reply("94 7a<x>43<A>91<f>60<y> 48 <dubbo><2.0.2> <o>6090 <user><u> 5a");
    expect(verdict(b, m, 17)).toBe(NEED);
    expect(b.wire.need).toBe(m.length);
    expect(verdict(b, m)).toBe(HEAD_READ);
    expect(b.frame.head).toBe(m.length);
    expect(b.value("user")).toBe("u");
    verdict(b, reply("95 48 <user><u> 5a 4e"));
    expect(b.value("user")).toBe("u");
    verdict(b, reply("93 43<E>90 60 48 <user><u> 5a"));
    expect(b.value("user")).toBe("u");
    verdict(b, reply("91 <x> 4e"));
    expect(b.value("user")).toBe("-");
    verdict(b, reply("92"));
    expect(b.value("user")).toBe("-");
  });

  it("that make no sense are passed on, their attachments hidden", () => {
    const b = bench(["user"]);
    const broken = ["94 <x> 48 <user><u>", "94 40 48 <user><u> 5a", "96", "", "c801", "94", "94" + "57".repeat(600)];
    for (let i = 0; i < broken.length; i++) {
      expect(verdict(b, reply(broken[i]))).toBe(HEAD_READ);
      expect(b.value("user")).toBe("?", broken[i]);
    }
    verdict(b, message("17", OK, ID, "'fastjson'"));
    expect(b.value("user")).toBe("?");
    expect(<i32>b.frame.outcome).toBe(<i32>Outcome.Ok);
  });

  it("that are no dubbo are refused", () => {
    const b = bench([]);
    expect(verdict(b, bytes("da00"))).toBe(BAD);
    expect(verdict(b, bytes("dabb0214" + ID + "80000000"))).toBe(BAD);
  });
});

describe("messages of a server's own", () => {
  it("heartbeats are answered", () => {
    const b = bench([]);
    expect(verdict(b, message("e2", "00", ID, "4e"))).toBe(HEAD_READ);
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Ping);
    const out = new Writer();
    b.codec.answer(b.wire, b.frame, out);
    expect(hexOf(out)).toBe("dabb2214" + ID + "000000014e");
    expect(b.wire.draining).toBe(false);
  });

  it("the notice to send no more drains the lane and goes no further", () => {
    const notices = [message("a2", "00", ID, "<R>"), message("b7", "00", ID, "00000002 4a52")];
    for (let i = 0; i < notices.length; i++) {
      const b = bench([]);
      verdict(b, notices[i]);
      expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
      expect(b.wire.draining).toBe(true);
    }
    const b = bench([]);
    verdict(b, message("a2", "00", ID, "<W>"));
    expect(b.wire.draining).toBe(false);
  });

  it("answers to heartbeats are dropped, but for a carrier's", () => {
    const b = bench([]);
    const x = new PendingRequest();
    x.key = 7;
    verdict(b, message("22", OK, ID, "4e"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
    b.wire.finder = new OneRequest(x);
    verdict(b, message("22", OK, ID, "4e"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
    x.carried = true;
    verdict(b, message("22", OK, ID, "4e"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Call);
    expect(b.frame.request == x).toBe(true);
  });

  it("calls back reach the client only where no answer is wanted", () => {
    const b = bench([]);
    verdict(b, message("82", "00", ID, "<2.0.2>"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Push);
    verdict(b, message("c2", "00", ID, "<2.0.2>"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
  });
});
