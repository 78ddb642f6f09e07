import { parseJson } from "../../../assembly/bytes/jsonParser";
import { Problems } from "../../../assembly/bytes/problems";
import { Direction, Expect, Order, Verdict } from "../../../assembly/codec/index";
import { Framing } from "../wire";
import { Bench, bytes, CALL, framed, headed } from "./support";

const KEYS: string[] = ["service", "method", "type", "seqid", "transport", "protocol"];

function told(b: Bench): string {
  let text = "";
  for (let i = 0; i < KEYS.length; i++) text += (i ? " " : "") + b.value(KEYS[i]);
  return text;
}

function configured(options: string): Bench {
  const b = new Bench(Direction.Request, []), problems = new Problems();
  b.codec.configure(parseJson(options).value!, problems);
  expect(problems.ok).toBe(true, options);
  return b;
}

function refused(options: string): bool {
  const b = new Bench(Direction.Request, []), problems = new Problems();
  b.codec.configure(parseJson(options).value!, problems);
  return !problems.ok;
}

describe("requests", () => {
  it("tell their keys in all transports and protocols", () => {
    const specs = ["80010001 <S:m> 00000007 00", "<S:m> 01 00000007 00", "8221 07 {S:m} 00"];
    for (let i = 0; i < specs.length; i++) {
      const protocol = i == 2 ? "compact" : "binary";
      const one = new Bench(Direction.Request, KEYS), two = new Bench(Direction.Request, KEYS);
      expect(one.decode(bytes(specs[i]))).toBe(Verdict.Head);
      expect(told(one)).toBe("S m call 7 unframed " + protocol);
      expect(two.decode(framed(specs[i]))).toBe(Verdict.Head);
      expect(told(two)).toBe("S m call 7 framed " + protocol);
    }
    const b = new Bench(Direction.Request, KEYS);
    b.decode(headed("", "80010004 <m> ffffffff 00"));
    expect(told(b)).toBe("- m oneway -1 header binary");
  });

  it("are one-way by their type", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(framed("80010004 <m> 00000007 00"));
    expect(b.frame.expect).toBe(Expect.None);
    b.decode(framed(CALL));
    expect(b.frame.expect).toBe(Expect.Some);
  });

  it("have their sequence id as key, none for id 0", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(framed(CALL));
    expect(b.frame.key).toBe(0x1_0000_0007);
    b.decode(framed("80010001 <m> ffffffff 00"));
    expect(b.frame.key).toBe(0x1_ffff_ffff);
    b.decode(framed("80010001 <m> 00000000 00"));
    expect(b.frame.key).toBe(0);
    b.decode(framed("0fff 0000 00000009 0001 01 00 0000 '[]'"));
    expect(b.frame.key).toBe(0x2_0000_0009);
  });

  it("need no more of a frame than its name, and have its whole size", () => {
    const b = new Bench(Direction.Request, []), m = bytes("05f5e100 80010001 <m> 00000007 0b 0001 05f5e0f0");
    for (let n = 1; n < 21; n++) {
      expect(b.decode(m, n - 4 < 0 ? n : n - 4)).toBe(Verdict.Need);
      expect(b.wire.need).toBeGreaterThan(n - 4);
    }
    expect(b.decode(m, 21)).toBe(Verdict.Head);
    expect(b.frame.head).toBe(17);
    expect(b.frame.size).toBe(100_000_004);
  });

  it("are framed, or begin with a THeader, each for itself; unframed ones stay so", () => {
    const b = new Bench(Direction.Request, KEYS);
    b.decode(framed(CALL));
    expect(b.wire.framing).toBe(Framing.Length);
    expect(b.decode(headed("", "8221 07 {m} 00"))).toBe(Verdict.Bad);
    expect(b.decode(headed("", CALL))).toBe(Verdict.Head);
    expect(b.value("transport")).toBe("header");
    expect(b.decode(bytes(CALL))).toBe(Verdict.Bad);
    const u = new Bench(Direction.Request, KEYS);
    u.decode(bytes(CALL));
    expect(u.wire.framing).toBe(Framing.None);
    expect(u.decode(bytes("8221 07 {m} 00"))).toBe(Verdict.Head);
    // A frame's length reads as that of an old message's name, until there is no type behind the name.
    const frames = framed(CALL);
    frames.bytes(frames.base, frames.length);
    expect(u.decode(frames, 19)).toBe(Verdict.Need);
    expect(u.decode(frames)).toBe(Verdict.Bad);
    expect(u.frame.size).toBe(0);
  });
});

describe("options", () => {
  it("name methods that are one-way, of a service or of all", () => {
    const b = configured('{"oneway": ["notify", "S:log"]}');
    const calls = ["<notify>", "<S:notify>", "<S:log>", "<log>", "<T:log>", "<nofify>", "<:notify>"];
    const oneway = [true, true, true, false, false, false, true];
    for (let i = 0; i < calls.length; i++) {
      b.decode(framed("80010001" + calls[i] + "00000007 00"));
      expect(b.frame.expect == Expect.None).toBe(oneway[i], calls[i]);
    }
  });

  it("let replies overtake one another", () => {
    const b = configured('{"order": "free"}'), d = configured("{}");
    b.decode(framed(CALL));
    expect(b.frame.order).toBe(Order.Free);
    b.decode(framed("80010001 <m> 00000000 00"));
    expect(b.frame.order).toBe(Order.Replies, "nothing else tells them apart");
    d.decode(framed(CALL));
    expect(d.frame.order).toBe(Order.Replies);
  });

  it("say which transports clients may use; without THeader there are no keys of it", () => {
    const b = configured('{"transports": ["framed", "unframed"]}'), h = configured('{"transports": ["header"]}');
    expect(b.decode(headed("", CALL))).toBe(Verdict.Bad);
    expect(b.decode(framed(CALL))).toBe(Verdict.Head);
    expect(b.codec.slot("header.user", Direction.Request)).toBe(-1);
    expect(b.codec.slot("user", Direction.Response)).toBe(-1);
    expect(b.codec.slot("protocol", Direction.Request)).toBe(5);
    expect(h.decode(framed(CALL))).toBe(Verdict.Bad);
    expect(h.frame.size).toBe(18);
    expect(h.decode(headed("", CALL))).toBe(Verdict.Head);
    expect(h.codec.settable(h.codec.slot("header.user", Direction.Request), Direction.Request)).toBe(true);
  });

  it("name what servers speak, and behind filters that guard they must", () => {
    const texts = ["{}", '{"transports": ["framed"]}', '{"protocols": ["binary"]}', '{"transports": ["framed"], "protocols": ["binary"]}'];
    for (let i = 0; i < texts.length; i++) {
      const b = new Bench(Direction.Request, []), problems = new Problems();
      b.codec.guarded = true;
      b.codec.configure(parseJson(texts[i]).value!, problems);
      expect(problems.ok).toBe(i == 3, texts[i]);
      if (i == 3) expect(b.decode(framed("8221 07 {m} 00"))).toBe(Verdict.Bad);
    }
    const both = new Bench(Direction.Request, []), problems = new Problems();
    both.codec.guarded = true;
    both.codec.configure(parseJson('{"transports": ["unframed", "framed"], "protocols": ["binary"]}').value!, problems);
    expect(both.decode(framed("<m> 01 00000007 00"))).toBe(Verdict.Bad, "its length may be that of a name");
    expect(both.decode(framed(CALL))).toBe(Verdict.Head);
  });

  it("hide names that servers split in different ways", () => {
    const names = ["Ev:drop:x", ":drop", "drop:", "a::b"];
    for (let i = 0; i < names.length; i++) {
      const b = new Bench(Direction.Request, KEYS);
      expect(b.decode(framed("80010001 <" + names[i] + "> 00000007 00"))).toBe(Verdict.Head);
      expect(told(b)).toBe("? ? call 7 framed binary", names[i]);
      expect(b.frame.why.length > 0).toBe(true);
    }
  });

  it("are refused if they are none", () => {
    expect(refused('{"protocols": ["json"]}')).toBe(true);
    expect(refused('{"protocols": []}')).toBe(true);
    expect(refused('{"order": "strict"}')).toBe(true);
    expect(refused('{"oneway": "notify"}')).toBe(true);
    expect(refused('{"one-way": []}')).toBe(true);
    expect(refused('{"transports": ["http"]}')).toBe(true);
    expect(refused('{"transports": [1]}')).toBe(true);
    expect(refused('{"transports": []}')).toBe(true);
  });
});
