import { parseJson } from "../../../assembly/bytes/jsonParser";
import { Problems } from "../../../assembly/bytes/problems";
import { Writer } from "../../../assembly/bytes/writer";
import { Change, Direction, Verdict, View } from "../../../assembly/codec/index";
import { countArguments, countFound } from "../descriptor";
import { Bench, bytes, HEAD, ID, message } from "./support";

const NEED: i32 = Verdict.Need, HEAD_READ: i32 = Verdict.Head, BAD: i32 = Verdict.Bad;
const HELLO = HEAD + "<hi> <Ljava/lang/String;> <bob>";
const SAID = "<path> <a.Demo> <interface> <a.Demo> <version> <1.0.0>";
const KEYS = ["interface", "version", "group", "user", "method"];

function configured(options: string, guarded: bool = false): string {
  const b = new Bench(Direction.Request, []);
  return configure(b, options, guarded);
}

function configure(b: Bench, options: string, guarded: bool): string {
  const value = parseJson(options).value, problems = new Problems();
  b.codec.guarded = guarded;
  if (value) b.codec.configure(value, problems);
  return problems.error;
}

function strict(keys: string[] = KEYS): Bench {
  const b = new Bench(Direction.Request, keys);
  configure(b, "{}", true);
  return b;
}

function call(body: string): Writer { return message("c2", "00", ID, body); }
function verdict(b: Bench, body: string): i32 { return <i32>b.decode(call(body)); }
function map(entries: string): string { return HELLO + "48" + entries + "5a"; }

/** The other spelling of a key, `-` if there is none. */
function alias(b: Bench, name: string): string {
  const view = new View();
  return b.frame.metadata.aliasOf(b.codec.slot(name, Direction.Request), view) ? view.text() : "-";
}

describe("the option strict", () => {
  it("is on where filters guard, unless it is said not to be", () => {
    for (let i = 0; i < 4; i++) {
      const b = new Bench(Direction.Request, KEYS);
      expect(configure(b, i & 1 ? "{}" : '{"strict":false}', (i & 2) != 0)).toBe("");
      verdict(b, map("<path> <a.Admin>"));
      expect(b.value("interface")).toBe(i == 3 ? "a.Demo|a.Admin" : "a.Demo");
    }
    const b = strict();
    configure(b, "{}", false);
    verdict(b, map("<path> <a.Admin>"));
    expect(b.value("interface")).toBe("a.Demo");
  });

  it("and payload are the only ones", () => {
    expect(configured('{"strikt":true}').includes("strikt")).toBe(true);
    expect(configured('{"payload":0}').includes("payload")).toBe(true);
  });

  it("refuses bodies longer than servers take, and the frame alone is lost", () => {
    const b = strict(["method"]), m = call(HELLO);
    m.patch32(12, (8 << 20) + 1);
    expect(<i32>b.decode(m)).toBe(BAD);
    expect(b.frame.size).toBe((8 << 20) + 17);
    m.patch32(12, 8 << 20);
    expect(<i32>b.decode(m)).toBe(HEAD_READ);
    configure(b, '{"payload":40}', false);
    expect(verdict(b, HELLO)).toBe(BAD);
  });

  it("waits for the whole frame only where a rule reads what attachments may say", () => {
    const b = strict(["interface"]), m = call(map(SAID));
    expect(<i32>b.decode(m, 40)).toBe(NEED);
    expect(b.wire.need).toBe(m.length);
    expect(<i32>strict(["method"]).decode(m, 60)).toBe(HEAD_READ);
  });
});

describe("strict: what servers take the service from", () => {
  it("counts, wherever it stands", () => {
    const b = strict();
    expect(verdict(b, map(SAID + "<group> <g>"))).toBe(HEAD_READ);
    expect(b.value("interface") + b.value("version") + b.value("group")).toBe("a.Demo1.0.0g");
    expect(b.frame.why).toBe("");
    verdict(b, map("<path> <a.Admin> <Interface> <b.Admin> <version> <2.0.0>"));
    expect(b.value("interface")).toBe("a.Demo|a.Admin|b.Admin");
    expect(b.value("version")).toBe("1.0.0|2.0.0");
  });

  it("is hidden where it is no plain text", () => {
    const odd = ["<path> 520002'pa' <th>", "<group> 91", "<version> 7991", "520002'pa' <th> <a.Demo>", "<interface> 01eda080"];
    for (let i = 0; i < odd.length; i++) {
      const b = strict();
      expect(verdict(b, map(odd[i]))).toBe(HEAD_READ);
      expect(b.value("interface")).toBe("?");
      expect(b.value("version")).toBe("?");
    }
  });

  it("a version that only the head has is hidden: Go reads none", () => {
    const b = strict(), heads = ["<2.0.2> <a.Demo>", "<2.0.2> <a.Demo>", "<2.0.2> <a.Demo>", "<2.0.2> <a.Demo>"];
    const versions = ["<1.0.0>", "4e", "00", "<0.0.0>"], values = ["?", "-", "", "0.0.0"], others = ["-", "0.0.0", "0.0.0", "0.0.0"];
    for (let i = 0; i < heads.length; i++) {
      expect(verdict(b, heads[i] + versions[i] + "<hi> 00 48 <path> <a.Demo> 5a")).toBe(HEAD_READ);
      expect(b.value("version")).toBe(values[i]);
      expect(alias(b, "version")).toBe(others[i]);
    }
    expect(b.frame.why).toBe("");
    verdict(b, HELLO + "4e");
    expect(b.value("version")).toBe("?");
    verdict(b, HELLO);
    expect(b.value("version")).toBe("1.0.0");
  });

  it("is refused with what parts a key of a service", () => {
    const foul = ["<path> <p.Sec:2.0.0>", "<path> <admin/p.Pub>", "<path> </p.Sec>", "<interface> <p:1>", "<group> <a/b>", "<version> <1:2>"];
    for (let i = 0; i < foul.length; i++) {
      const b = strict(["interface"]), body = map(foul[i]);
      expect(verdict(b, body)).toBe(BAD);
      expect(b.frame.size).toBe(call(body).length);
      expect(b.wire.badAt > 60).toBe(true);
    }
    expect(verdict(strict(), "<2.0.2> <a/Demo> <1.0.0> <hi> 00 4e")).toBe(BAD);
    expect(verdict(strict(), "<2.0.2> <a.Demo> <1:0> <hi> 00 4e")).toBe(BAD);
    expect(verdict(strict(), map("<user> <a/b:c>"))).toBe(HEAD_READ);
    expect(verdict(strict(["method"]), "<2.0.2> <a/Demo> <1.0.0> <hi> 00 4e")).toBe(HEAD_READ);
  });
});

describe("strict: bytes after the attachments", () => {
  it("are refused, where the attachments are read", () => {
    expect(verdict(strict(), map(SAID) + "4e")).toBe(BAD);
    expect(verdict(strict(), HELLO + "4e 4e")).toBe(BAD);
    expect(verdict(strict(["method"]), map(SAID) + "4e")).toBe(HEAD_READ);
  });
});

describe("strict: an unpaired surrogate", () => {
  it("hides all that follows", () => {
    const b = strict(), bad = ["02 eda080 'a'", "01 eda080", "02 edb080 eda080", "02 eda080 eda080", "03 'a' edafbf c280", "02 ed2020 'a'", "01 ede080"];
    for (let i = 0; i < bad.length; i++) {
      expect(verdict(b, bad[i] + "<a.Demo> <1.0.0> <hi> 00 4e")).toBe(HEAD_READ);
      expect(b.value("method") + b.value("interface") + b.value("user")).toBe("???");
      expect(b.frame.why.length > 0).toBe(true);
      expect(verdict(b, HEAD + "<hi> <I>" + bad[i] + "48" + SAID + "<user> <ann> 5a")).toBe(HEAD_READ);
      expect(b.value("method") + b.value("interface") + b.value("user")).toBe("hi??");
      verdict(b, map(SAID + "<x>" + bad[i] + "<user> <ann>"));
      expect(b.value("user")).toBe("?");
    }
    verdict(b, HEAD + "<hi> <I> 04 'a' eda081edb081 'b' 48" + SAID + "<user> <ann> 5a");
    expect(b.value("interface") + b.value("user")).toBe("a.Demoann");
  });

  it("cannot be edited behind, and matters nowhere else", () => {
    const b = strict(), m = call(HEAD + "<hi> <I> 01 eda080 48" + SAID + "5a"), out = new Writer();
    expect(b.encode(m, [b.edit(Change.Set, "user", "bob")], out)).toBe(-1);
    configure(b, "{}", false);
    expect(b.encode(m, [b.edit(Change.Set, "user", "bob")], out)).toBe(m.length);
    expect(verdict(b, HEAD + "<hi> <I> 01 eda080 48" + SAID + "<user> <ann> 5a")).toBe(HEAD_READ);
    expect(b.value("user")).toBe("ann");
  });

  it("waits for its other half", () => {
    const b = strict(["method"]), m = call("02 eda081edb081 <a.Demo> <1.0.0> <hi> 00 4e");
    for (let n = 16; n < m.length - 2; n++) expect(<i32>b.decode(m, n)).toBe(NEED);
    expect(<i32>b.decode(m)).toBe(HEAD_READ);
    expect(b.value("method")).toBe("hi");
  });
});

describe("strict: parameter types", () => {
  it("that servers count in different ways are refused", () => {
    const bad = ["<Lx>", "<Ljava/lang/String;x>", "<I x>", "<L;>", "<La//b;>", "<L1;>", "<Ljava/util/DateI>"];
    for (let i = 0; i < bad.length; i++) {
      expect(verdict(strict(), HEAD + "<hi>" + bad[i] + "48 <user> <evil> 5a 48" + SAID + "5a")).toBe(BAD);
      expect(verdict(strict(["method"]), HEAD + "<hi>" + bad[i] + "4e")).toBe(HEAD_READ);
    }
    const good = ["00", "<Ljava/lang/String;>", "<[[JLp/Inner$X;V>", "<[Ljava/util/Date>"];
    const args = ["", "<a>", "90 91 92", "90"];
    for (let i = 0; i < good.length; i++) {
      const b = strict();
      expect(verdict(b, HEAD + "<hi>" + good[i] + args[i] + "48" + SAID + "<user> <ann> 5a")).toBe(HEAD_READ);
      expect(b.value("user")).toBe("ann");
    }
  });

  it("are counted in time that grows with their length alone", () => {
    const kinds = ["4c", "5b", "5b4c", "4c612f"];
    for (let i = 0; i < kinds.length; i++) {
      const text = bytes(kinds[i].repeat(200000 / kinds[i].length));
      expect(countFound(text.base, text.length)).toBe(0);
      expect(countArguments(text.base, text.length) <= 1).toBe(true);
    }
  });
});

describe("strict: the method", () => {
  it("has another spelling, which Go takes too", () => {
    const b = strict(["method"]), names = ["drop", "Drop", "d", "$echo", "_x"], others = ["Drop", "drop", "D", "-", "-"];
    for (let i = 0; i < names.length; i++) {
      verdict(b, HEAD + "<" + names[i] + "> 00 4e");
      expect(b.value("method") + " " + alias(b, "method")).toBe(names[i] + " " + others[i]);
    }
    verdict(b, HEAD + "<$invoke> <Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;> < drop > 4e 4e");
    expect(alias(b, "method")).toBe("Drop");
    verdict(b, HEAD + "02 c3a9 'x' 00 4e");
    expect(b.value("method")).toBe("?");
    verdict(b, HEAD + "02 e69fa5 'x' 00 4e");
    expect(b.value("method")).toBe("查x");
  });
});
