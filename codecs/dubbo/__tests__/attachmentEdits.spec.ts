import { Writer } from "../../../assembly/bytes/writer";
import { Change, Direction, Edit, PendingRequest } from "../../../assembly/codec/index";
import { add, Bench, HEAD, hexOf, ID, message, OneRequest } from "./support";

const CALL = HEAD + "<hi> <Ljava/lang/Object;> 43 <a.A> 91 <x> 60 <bob>";

function request(edits: Edit[], b: Bench, before: string, after: string): void {
  const m = message("c2", "00", ID, CALL + before);
  const out = new Writer();
  const replaced = b.encode(m, edits, out);
  const whole = message("c2", "00", ID, CALL + after);
  if (before == after) {
    expect(replaced).toBe(16, before);
    expect(hexOf(out)).toBe(hexOf(whole).substring(0, 32), before);
  } else {
    expect(replaced).toBe(m.length, before);
    expect(hexOf(out)).toBe(hexOf(whole), before);
  }
}

function impossible(edits: Edit[], b: Bench, before: string): void {
  const out = add(new Writer(), "'kept'");
  expect(b.encode(message("c2", "00", ID, CALL + before), edits, out)).toBe(-1, before);
  expect(out.length).toBe(4);
}

function one(b: Bench, change: Change, name: string, value: string): Edit[] { return [b.edit(change, name, value)]; }

function answered(b: Bench, before: string, after: string): void {
  const out = new Writer();
  const m = message("02", "14", ID, before);
  const replaced = b.encode(m, one(b, Change.Set, "by", "v2"), out);
  expect(replaced).toBe(m.length, before);
  expect(hexOf(out)).toBe(hexOf(message("02", "14", ID, after)), before);
}

function bench(a: u64): Bench {
  const b = new Bench(Direction.Response, []);
  const x = new PendingRequest();
  x.key = 7;
  x.a = a;
  b.wire.finder = new OneRequest(x);
  return b;
}

describe("request attachments are", () => {
  it("set", () => {
    const b = new Bench(Direction.Request, []);
    const edits = one(b, Change.Set, "tracing", "100");
    request(edits, b, "48 <user> <u> 5a", "48 <user> <u> <tracing> <100> 5a");
    request(edits, b, "48 <tracing> <1> <user> <u> 5a", "48 <tracing> <100> <user> <u> 5a");
    request(edits, b, "48 <Tracing> 91 5a", "48 <tracing> <100> 5a");
    request(edits, b, "48 <tracing> 4e 5a", "48 <tracing> <100> 5a");
    request(edits, b, "48 <tracing> 520001'a' <b> 5a", "48 <tracing> <100> 5a");
    request(edits, b, "48 <tracing> <1> <a> <b> <TRACING> <2> 5a", "48 <tracing> <100> <a> <b> 5a");
    request(edits, b, "4d <map> <user> <u> 5a", "4d <map> <user> <u> <tracing> <100> 5a");
    request(edits, b, "485a 4e", "48 <tracing> <100> 5a 4e");
    request(edits, b, "4e", "48 <tracing> <100> 5a");
    request(edits, b, "", "48 <tracing> <100> 5a");
  });

  it("appended to, with a comma", () => {
    const b = new Bench(Direction.Request, []);
    const edits = one(b, Change.Append, "seen", "b");
    request(edits, b, "48 <seen> <a> 5a", "48 <seen> <a,b> 5a");
    request(edits, b, "48 <Seen> <a> 5a", "48 <Seen> <a,b> 5a");
    request(edits, b, "48 <user> <u> 5a", "48 <user> <u> <seen> <b> 5a");
    request(edits, b, "48 <seen> 00 5a", "48 <seen> <,b> 5a");
    request(edits, b, "48 <seen> 4e 5a", "48 <seen> <b> 5a");
    request(edits, b, "4e", "48 <seen> <b> 5a");
    impossible(edits, b, "48 <seen> 91 5a");
    impossible(edits, b, "48 <seen> 520001'a' <b> 5a");
  });

  it("removed", () => {
    const b = new Bench(Direction.Request, []);
    const edits = one(b, Change.Remove, "debug", "");
    request(edits, b, "48 <debug> <1> <user> <u> 5a", "48 <user> <u> 5a");
    request(edits, b, "48 <user> <u> <DEBUG> 91 5a", "48 <user> <u> 5a");
    request(edits, b, "48 <debug> <1> <debug> <2> 5a", "485a");
    request(edits, b, "48 <user> <u> 5a", "48 <user> <u> 5a");
    request(edits, b, "4e", "4e");
    request(edits, b, "", "");
  });

  it("changed several times in order", () => {
    const b = new Bench(Direction.Request, []);
    request([b.edit(Change.Append, "a", "1"), b.edit(Change.Set, "a", "2"), b.edit(Change.Append, "a", "3")], b,
      "48 <a> <0> 5a", "48 <a> <2,3> 5a");
    request([b.edit(Change.Set, "a", "1"), b.edit(Change.Remove, "a", "")], b, "48 <a> <0> <b> <0> 5a", "48 <b> <0> 5a");
    request([b.edit(Change.Remove, "a", ""), b.edit(Change.Append, "a", "1")], b, "48 <a> <0> 5a", "48 <a> <1> 5a");
    request([b.edit(Change.Set, "a", "1"), b.edit(Change.Set, "b", "2")], b, "4e", "48 <a> <1> <b> <2> 5a");
  });

  it("written as the rule spells them, without the prefix", () => {
    const b = new Bench(Direction.Request, []);
    request(one(b, Change.Set, "Attachment.Method", "m"), b, "48 <x> <y> 5a", "48 <x> <y> <Method> <m> 5a");
    request(one(b, Change.Set, "attachment.user", "m"), b, "4e", "48 <user> <m> 5a");
  });

  it("counted in UTF-16 units", () => {
    const b = new Bench(Direction.Request, []);
    request(one(b, Change.Set, "a", "é€😀x"), b, "4e", "48 <a> 05 c3a9 e282ac eda0bd edb880 78 5a");
    request(one(b, Change.Append, "a", "y"), b, "48 <a> 02 eda0bd edb880 5a", "48 <a> 04 eda0bd edb880 2c79 5a");
    const long = "x".repeat(31);
    request(one(b, Change.Append, "a", long), b, "48 <a> <1> 5a", "48 <a> <1," + long + "> 5a");
    const longer = "x".repeat(1023);
    request(one(b, Change.Append, "a", longer), b, "48 <a> <1> 5a", "48 <a> <1," + longer + "> 5a");
    impossible(one(b, Change.Append, "a", "x".repeat(65534)), b, "48 <a> <1> 5a");
  });

  it("left alone where objects would lose their numbers", () => {
    const b = new Bench(Direction.Request, []);
    const edits = one(b, Change.Set, "o", "1");
    request(edits, b, "48 <p> 60 <x> <q> 5191 5a", "48 <p> 60 <x> <q> 5191 <o> <1> 5a");
    request(edits, b, "48 91 <x> 7991 <y> 5a", "48 91 <x> 7991 <y> <o> <1> 5a");
    impossible(edits, b, "48 <o> 60 <x> 5a");
    impossible(one(b, Change.Remove, "o", ""), b, "48 <o> 7991 5a");
    impossible(edits, b, "5190");
  });

  it("left alone where they cannot be read to their end", () => {
    const b = new Bench(Direction.Request, []);
    const edits = one(b, Change.Remove, "user", "");
    impossible(edits, b, "48 520002'us' <er> <x> 5a");
    impossible(edits, b, "48 <a> <b>");
    impossible(edits, b, "48 <a> 40 5a");
    impossible(edits, b, "48 <a>");
    const out = new Writer();
    expect(b.encode(message("d7", "00", ID, "'whatever'"), edits, out)).toBe(-1);
    expect(b.encode(message("c2", "00", ID, HEAD + "<hi> <?> 4e"), edits, out)).toBe(-1);
    expect(b.encode(message("c2", "00", ID, HEAD + "<hi>"), edits, out)).toBe(-1);
  });

  it("changed only in whole frames", () => {
    const b = new Bench(Direction.Request, ["method"]);
    const m = message("c2", "00", ID, CALL + "4e");
    m.patch32(12, m.length);
    expect(b.encode(m, one(b, Change.Set, "a", "1"), new Writer())).toBe(0);
  });
});

describe("reply attachments are", () => {
  it("set where the server sent some", () => {
    const b = new Bench(Direction.Response, []);
    answered(b, "94 <x> 48 <dubbo> <2.0.2> 5a", "94 <x> 48 <dubbo> <2.0.2> <by> <v2> 5a");
    answered(b, "95 48 <by> <v1> 5a 4e", "95 48 <by> <v2> 5a 4e");
    answered(b, "95 4e", "95 48 <by> <v2> 5a");
    answered(b, "93 43 <E> 91 <m> 60 <x> 48 5a", "93 43 <E> 91 <m> 60 <x> 48 <by> <v2> 5a");
  });

  it("added where the client understands them", () => {
    const b = bench(1);
    answered(b, "91 <x>", "94 <x> 48 <by> <v2> 5a");
    answered(b, "92", "95 48 <by> <v2> 5a");
    answered(b, "90 43 <E> 90 60", "93 43 <E> 90 60 48 <by> <v2> 5a");
    answered(b, "91 <x> 4e", "94 <x> 48 <by> <v2> 5a 4e");
  });

  it("not added for others", () => {
    const out = add(new Writer(), "'kept'");
    const old = bench(2);
    const m = message("02", "14", ID, "91 <x>");
    expect(old.encode(m, one(old, Change.Set, "by", "v2"), out)).toBe(-1);
    const unknown = new Bench(Direction.Response, []);
    expect(unknown.encode(m, one(unknown, Change.Set, "by", "v2"), out)).toBe(-1);
    expect(out.length).toBe(4);
    expect(old.encode(m, one(old, Change.Remove, "by", ""), new Writer())).toBe(16);
  });

  it("not to be had in errors, events and what is broken", () => {
    const b = bench(1);
    const edits = one(b, Change.Set, "by", "v2");
    expect(b.encode(message("02", "28", ID, "<no>"), edits, new Writer())).toBe(-1);
    expect(b.encode(message("22", "14", ID, "4e"), edits, new Writer())).toBe(-1);
    expect(b.encode(message("02", "14", ID, "96"), edits, new Writer())).toBe(-1);
    expect(b.encode(message("02", "14", ID, "91 40"), edits, new Writer())).toBe(-1);
    expect(b.encode(message("02", "14", ID, ""), edits, new Writer())).toBe(-1);
  });
});
