import { parseJson } from "../../../assembly/bytes/jsonParser";
import { Problems } from "../../../assembly/bytes/problems";
import { Writer } from "../../../assembly/bytes/writer";
import { Direction, Expect, Frame, Presence, Verdict, View } from "../../../assembly/codec/index";
import { ThriftCodec } from "../codec";
import { ThriftSession, ThriftWire } from "../wire";
import { bytes, framed } from "./support";

/**
 * struct U { 1: required i64 id, 2: optional string name, 3: optional U next }  union X { 1: string a, 2: i64 b }
 * service S { f(1: list<string> xs, 2: U u, 3: map<string, set<i32>> m, 4: bool b, 5: double d, 6: X x, 7: list<U> us, 8: i32 n, 9: list<bool> bs); oneway o(1: string t) }
 */
const IDL: string = '{"types":[[15,11],[12,0],[14,8],[13,11,34],[12,1],[15,33],[15,2]],"structs":[[1,10,0,"id",2,11,1,"name",3,33,1,"next"],[1,11,2,"a",2,10,2,"b"],' +
  '[1,32,0,"xs",2,33,0,"u",3,35,0,"m",4,2,0,"b",5,4,0,"d",6,36,0,"x",7,37,0,"us",8,8,0,"n",9,38,0,"bs"],[1,11,0,"t"]],"calls":{"f":2,"S:f":2},"oneway":{"o":3}';

function codecWith(idl: string): ThriftCodec {
  const codec = new ThriftCodec(), problems = new Problems();
  codec.configure(parseJson('{"idl":' + idl + "}").value!, problems);
  expect(problems.error).toBe("");
  return codec;
}

let codec: ThriftCodec = codecWith(IDL + "}");
let frame: Frame = new Frame();
let wire: ThriftWire = new ThriftWire(new ThriftSession(), false);

/** Reads one request whole. */
function read(m: Writer, chosen: ThriftCodec = codec): Verdict {
  codec = chosen;
  frame = new Frame();
  frame.wanted = new StaticArray<u8>(256);
  for (let i = 0; i < 256; i++) frame.wanted[i] = 1;
  wire = new ThriftWire(new ThriftSession(), false);
  frame.metadata.base = m.base;
  wire.reader.reset(m.base, m.length);
  return chosen.request(wire, frame);
}

function bad(spec: string): void { expect(read(framed(spec))).toBe(Verdict.Bad, spec); }
function good(spec: string): void {
  expect(read(framed(spec))).toBe(Verdict.Head, spec);
  const m = bytes(spec);
  expect(read(m)).toBe(Verdict.Head, spec);
  expect(frame.size).toBe(m.length);
}

/** All values of an argument of the request read last, joined; "?" if it is hidden, "-" if it is absent. */
function valueOf(name: string): string {
  const slot = codec.slot(name, Direction.Request), metadata = frame.metadata, view = new View();
  if (metadata.presence(slot) == Presence.Hidden) return "?";
  let text = "";
  for (let place = metadata.first(slot); place >= 0; place = metadata.next(place)) text += (text.length ? "," : "") + metadata.view(place, view).text();
  return metadata.presence(slot) == Presence.Absent ? "-" : text;
}

const F: string = "80010001 <f> 00000007 ";
const C: string = "8221 07 {f} ";

describe("a request and its IDL", () => {
  it("agree in every type", () => {
    codec = codecWith(IDL + "}");
    good(F + "00");
    good(F + "0f 0001 0b 00000002 <a> <b> 0c 0002 0a 0001 0000000000000005 0c 0003 0a 0001 0000000000000006 00 00 00");
    good(F + "0d 0003 0b 0e 00000001 <k> 08 00000002 00000001 00000002 02 0004 01 04 0005 0000000000000000 0c 0006 0a 0002 0000000000000001 00 00");
    good("80010001 <S:f> 00000007 00");
    good("80010004 <o> 00000007 0b 0001 <x> 00");
    expect(frame.expect).toBe(Expect.None);
    good("80010001 <o> 00000007 0b 0001 <x> 00");
    expect(frame.expect).toBe(Expect.None, "a call of a one-way method");
    good(C + "19 28 {a} {b} 1c 16 0a 2c 16 0c 00 00 00");
    good(C + "3b 01 8a {k} 25 02 04 11 17 0000000000000000 1c 26 02 00 00");
    good(C + "0c 04 16 0a 00 00");
  });

  it("agree where a container is empty, whatever it says of its items", () => {
    good(F + "0f 0001 08 00000000 0d 0003 0c 0c 00000000 00");
    good(C + "19 05 2b 00 00");
  });

  it("differ in the type of a field, of items, keys or values, at any depth", () => {
    bad(F + "0b 0001 <a> 00");
    bad(F + "0f 0001 0a 00000001 0000000000000000 00");
    bad(F + "0e 0001 0b 00000001 <a> 00");
    bad(F + "0c 0002 08 0001 00000005 00 00");
    bad(F + "0c 0002 0a 0001 0000000000000005 0c 0003 0b 0001 <a> 00 00 00");
    bad(F + "0d 0003 08 0e 00000001 00000000 08 00000000 00");
    bad(F + "0d 0003 0b 0f 00000001 <k> 08 00000000 00");
    bad(F + "0d 0003 0b 0e 00000001 <k> 0b 00000001 <x> 00");
    bad(F + "0f 0007 0b 00000001 <x> 00");
    bad(C + "19 27 00000000 00000000 00000000 00000000 00");
    bad(C + "18 {a} 00");
    bad(C + "3b 01 85 {k} 02 00");
    bad(C + "1a 18 {a} 00");
  });

  it("differ in the method, the kind of message, a field, or where it ends", () => {
    bad("80010001 <g> 00000007 00");
    bad("80010001 <T:f> 00000007 00");
    bad("80010004 <f> 00000007 00");
    bad(F + "0b 000a <x> 00");
    bad(F + "0b ffff <x> 00");
    bad(C + "f8 {x} 00");
    bad(C + "08 8080c000 {x} 00");
    bad(F + "0c 0006 0b 0001 <x> 0a 0002 0000000000000001 00 00");
    bad(F + "00 80010001 <f> 00000008 00");
    bad(F + "0b");
  });

  it("passes over what the IDL does not know where that is asked for", () => {
    const lenient = codecWith(IDL + ',"unknownFields":"skip"}');
    expect(read(framed(F + "0f 000a 0c 00000001 0b 0001 <x> 00 0d 000b 0b 0b 00000001 <a> <b> 00"), lenient)).toBe(Verdict.Head);
    expect(read(framed(F + "0f 0001 0a 00000001 0000000000000000 00"), lenient)).toBe(Verdict.Bad);
    expect(read(framed(F + "0f 000a 0c 00000001 0b 0001 <x> 00"), lenient)).toBe(Verdict.Bad);
  });

  it("agree at any depth that is read", () => {
    const deep = "0c 0003 ".repeat(500), ends = "00 ".repeat(500);
    good(F + "0c 0002 " + deep + "0a 0001 0000000000000005" + ends + "00 00");
    bad(F + "0c 0002 " + deep + "08 0001 00000005" + ends + "00 00");
    good(F + "0c 0002 0a 0001 0000000000000005 00 00");
  });

  it("is checked as it comes, unframed", () => {
    codec = codecWith(IDL + "}");
    const m = bytes(F + "0f 0001 0b 00000002 <a> <b> 0c 0002 0a 0001 0000000000000005 00 00");
    read(m);
    const at = m.base;
    wire = new ThriftWire(new ThriftSession(), false);
    for (let n = 1; n <= m.length; n++) {
      frame.reset();
      frame.metadata.base = at;
      wire.reader.reset(at, n);
      wire.need = 0;
      expect(codec.request(wire, frame)).toBe(n < m.length ? Verdict.Need : Verdict.Head);
    }
    expect(frame.size).toBe(m.length);
  });
});

describe("arguments as keys", () => {
  it("are texts, numbers and booleans, also in structs and lists", () => {
    codec = codecWith(IDL + "}");
    const names: string[] = ["args.xs", "args.u.id", "args.u.name", "args.u.next.id", "args.b", "args.us.id", "args.n", "args.x.a", "args.x.b", "args.bs"];
    for (let i = 0; i < names.length; i++) expect(codec.slot(names[i], Direction.Request)).toBeGreaterThan(6);
    good(F + "0f 0001 0b 00000002 <a> <bc> 0c 0002 0a 0001 fffffffffffffffb 0b 0002 <joe> 0c 0003 0a 0001 8000000000000000 00 00 02 0004 01 0f 0007 0c 00000002 0a 0001 0000000000000001 00 0a 0001 0000000000000002 00 08 0008 80000000 00");
    expect(valueOf("args.xs")).toBe("a,bc");
    expect(valueOf("args.u.id")).toBe("-5");
    expect(valueOf("args.U.Name")).toBe("joe");
    expect(valueOf("args.u.next.id")).toBe("-9223372036854775808");
    expect(valueOf("args.b")).toBe("true");
    expect(valueOf("args.us.id")).toBe("1,2");
    expect(valueOf("args.n")).toBe("-2147483648");
    expect(read(framed(C + "19 28 {a} {bc} 1c 16 09 18 {joe} 1c 16 ffffffffffffffffff01 00 00 22 3c 16 02 00 15 ffffffff0f 19 31 01 02 00 00"))).toBe(Verdict.Bad);
    good(C + "19 28 {a} {bc} 1c 16 09 18 {joe} 1c 16 ffffffffffffffffff01 00 00 22 39 1c 16 02 00 15 ffffffff0f 19 31 01 02 00 00");
    expect(valueOf("args.xs")).toBe("a,bc");
    expect(valueOf("args.u.id")).toBe("-5");
    expect(valueOf("args.u.name")).toBe("joe");
    expect(valueOf("args.u.next.id")).toBe("-9223372036854775808");
    expect(valueOf("args.b")).toBe("false");
    expect(valueOf("args.us.id")).toBe("1");
    expect(valueOf("args.n")).toBe("-2147483648");
    expect(valueOf("args.bs")).toBe("true,false,false");
  });

  it("are hidden where a server takes some default, absent where it takes nothing", () => {
    good(F + "0c 0002 0b 0002 <joe> 00 0c 0006 0b 0001 <x> 00 00");
    expect(valueOf("args.xs")).toBe("?");
    expect(valueOf("args.u.id")).toBe("?");
    expect(valueOf("args.u.next.id")).toBe("-");
    expect(valueOf("args.n")).toBe("?");
    expect(valueOf("args.x.a")).toBe("x");
    expect(valueOf("args.x.b")).toBe("-");
    good(F + "00");
    expect(valueOf("args.u.id")).toBe("?");
  });

  it("that readers take differently are hidden, or refused where they come twice", () => {
    good(F + "02 0004 07 00");
    expect(valueOf("args.b")).toBe("?");
    good(C + "85 808080808020 00");
    expect(valueOf("args.n")).toBe("?");
    good(C + "85 ffffffffff01 00");
    expect(valueOf("args.n")).toBe("?");
    bad(F + "08 0008 00000001 08 0008 00000002 00");
    bad(F + "0c 0002 0a 0001 0000000000000001 0a 0001 0000000000000002 00 00");
  });

  it("have their slots before the IDL comes, and after it has changed", () => {
    const first = new ThriftCodec(), slot = first.slot("args.u.id", Direction.Request), problems = new Problems();
    first.configure(parseJson('{"idl":' + IDL + "}}").value!, problems);
    expect(read(framed(F + "0c 0002 0a 0001 0000000000000005 00 00"), first)).toBe(Verdict.Head);
    expect(first.slot("args.u.id", Direction.Request)).toBe(slot);
    expect(valueOf("args.u.id")).toBe("5");
    first.configure(parseJson('{"idl":{"types":[[12,0]],"structs":[[4,8,0,"id"],[2,32,0,"u"]],"calls":{"f":1}}}').value!, problems);
    expect(read(framed(F + "0c 0002 08 0004 00000006 00 00"), first)).toBe(Verdict.Head);
    expect(valueOf("args.u.id")).toBe("6");
    first.configure(parseJson("{}").value!, problems);
    expect(read(framed(F + "0c 0002 08 0004 00000006 00 00"), first)).toBe(Verdict.Head);
    expect(valueOf("args.u.id")).toBe("-");
    codec = codecWith(IDL + "}");
  });

  it("are of other methods not", () => {
    good("80010001 <o> 00000007 0b 0001 <x> 00");
    expect(valueOf("args.xs")).toBe("-");
  });

  it("that no method has are no keys, nor are any without an IDL", () => {
    const none: string[] = ["args.nope", "args.u", "args.d", "args.m", "args.", "args.xs.a", "args.u.next.next.next.next.next.next.next.id"];
    for (let i = 0; i < none.length; i++) expect(codec.supplies(none[i], Direction.Request)).toBe(false, none[i]);
    expect(codec.supplies("args.XS", Direction.Request)).toBe(true);
    expect(codec.supplies("user", Direction.Request)).toBe(true);
    expect(codec.supplies("args.xs", Direction.Response)).toBe(false);
    expect(new ThriftCodec().supplies("args.xs", Direction.Request)).toBe(false);
    expect(new ThriftCodec().slot("header.args.xs", Direction.Request)).toBe(7);
    expect(codec.settable(codec.slot("args.xs", Direction.Request), Direction.Request)).toBe(false);
  });
});

describe("tables of an IDL", () => {
  it("are refused if they are none", () => {
    const wrong: string[] = [
      '{"types":[[11,1]],"structs":[]}', '{"types":[[15,40]],"structs":[]}', '{"types":[[15,1]],"structs":[]}', '{"types":[[12,0]],"structs":[]}', '{"types":[[13,8]],"structs":[]}',
      '{"types":[],"structs":[[1,8,0]]}', '{"types":[],"structs":[[1,8,3,"a"]]}', '{"types":[],"structs":[[2,8,0,"a",1,8,0,"b"]]}', '{"types":[],"structs":[[1,32,0,"a"]]}',
      '{"types":[],"structs":[[40000,8,0,"a"]]}', '{"types":[],"structs":[],"calls":{"f":0}}', '{"types":[],"structs":[[]],"calls":{"f":"0"}}', '{"types":{},"structs":[]}', '{"more":1}', '{"unknownFields":"x"}', '[]',
    ];
    for (let i = 0; i < wrong.length; i++) {
      const problems = new Problems();
      new ThriftCodec().configure(parseJson('{"idl":' + wrong[i] + "}").value!, problems);
      expect(problems.ok).toBe(false, wrong[i]);
    }
  });
});
