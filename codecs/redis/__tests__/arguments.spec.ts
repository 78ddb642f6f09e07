import { Reader } from "../../../assembly/bytes/reader";
import { Session, Verdict, Wire } from "../../../assembly/codec/index";
import { Arguments, lineEnd, NO_NUMBER, number } from "../arguments";
import { bytes, command } from "./support";

/** The words of a line, `_` between them, those that offsets cannot show as `?`; or what is wrong with it. */
function words(line: string): string {
  const m = bytes(line + "|PING|"), w = new Wire(new Session(), false), args = new Arguments();
  w.reader.reset(m.base, m.length);
  if (args.begin(w) != Verdict.Head) return "! " + w.badWhy;
  let text = "";
  for (let i = 0; i < args.count; i++) {
    text += (i > 0 ? "_" : "") + (i >= args.escapedAt ? "?" : w.reader.text(args.at(i), args.lengthOf(i)));
  }
  expect(args.next).toBe(line.length + 2, line);
  return text;
}

function numberOf(line: string): i64 {
  const m = bytes(line + "|"), r = new Reader();
  r.reset(m.base, m.length);
  return number(r, 0, lineEnd(r, 0));
}

/** Reads a command cut after every `piece` bytes; how many arguments were found, -1: it is bad. */
function inPieces(spec: string, piece: i32, wanted: i32): i32 {
  const m = bytes(spec), w = new Wire(new Session(), false), args = new Arguments();
  for (let size = piece; size < m.length + piece; size += piece) {
    w.reader.reset(m.base, min(size, m.length));
    let verdict = args.begin(w);
    if (verdict == Verdict.Head) verdict = args.read(w, wanted);
    if (verdict == Verdict.Bad) return -1;
    if (verdict == Verdict.Head) return args.length;
    expect(w.need > w.reader.size).toBe(true, "wants more than is there");
  }
  return -2;
}

describe("an array of strings", () => {
  it("is read however it is cut, as far as is asked", () => {
    const spec = "*3|$3|SET|$1|k|$12|a long value|";
    for (let piece = 1; piece <= spec.length; piece++) {
      for (let wanted = 1; wanted <= 3; wanted++) expect(inPieces(spec, piece, wanted)).toBe(wanted, piece.toString());
      expect(inPieces("*2|$4|ECHO|:1|", piece, 2)).toBe(-1);
      expect(inPieces("*2|$4|ECHO|$1x|", piece, 2)).toBe(-1);
      expect(inPieces("*1x|", piece, 1)).toBe(-1);
      expect(inPieces("*2|$4|ECHO|$9|half", piece, 2)).toBe(-2);
    }
  });

  it("has a size as soon as the last length is there", () => {
    const m = command("SET key value"), args = new Arguments(), w = new Wire(new Session(), false);
    for (let size = 1; size <= m.length; size++) {
      w.reader.reset(m.base, size);
      if (args.begin(w) != Verdict.Head || args.read(w, 1) != Verdict.Head) continue;
      // the line "$5" ends nine bytes before the end
      const known = args.measure(w) == Verdict.Head;
      expect(known).toBe(size >= m.length - 7, size.toString());
      if (known) expect(args.size).toBe(m.length);
    }
  });

  it("grows with what is there, not with what it says of itself", () => {
    const m = bytes("*2147483647|$4|MGET|$1|k|"), w = new Wire(new Session(), false), args = new Arguments();
    w.reader.reset(m.base, m.length);
    expect(args.begin(w)).toBe(Verdict.Head);
    expect(args.read(w, i32.MAX_VALUE)).toBe(Verdict.Need);
    expect(args.length).toBe(2);
    expect(args.measure(w)).toBe(Verdict.Need);
  });
});

describe("a line of words", () => {
  it("is split as a server splits it", () => {
    expect(words("SET key value")).toBe("SET_key_value");
    expect(words("  GET \t key  ")).toBe("GET_key");
    expect(words("\v\fPING")).toBe("PING");
    expect(words("DEL\va b")).toBe("DEL\va_b");
    expect(words("PING\rx")).toBe("PING_x");
    expect(words("SET k \"two words\"")).toBe("SET_k_two words");
    expect(words("SET k 'two words'")).toBe("SET_k_two words");
    expect(words("ECHO \"\"")).toBe("ECHO_");
    expect(words("ECHO a\\x41")).toBe("ECHO_a\\x41");
    expect(words("ECHO 'it\"s' \"it's\"")).toBe("ECHO_it\"s_it's");
    expect(words(" \t ")).toBe("");
  });

  it("says from which word on offsets are not the words themselves", () => {
    expect(words("SET k \"a\\nb\" c")).toBe("SET_k_?_?");
    expect(words("SET k 'it\\'s'")).toBe("SET_k_?");
    expect(words("E\"CHO\" x")).toBe("?_?");
    expect(words("SET a\"b c\" d")).toBe("SET_?_?");
    expect(words("SET \"a\"b c")).toBe("SET_?_?");
    expect(words("SET 'it\\s' c")).toBe("SET_it\\s_c");
  });

  it("whose quotes do not end is none", () => {
    const wrong = ["GET \"k", "GET 'k", "GET \"k\\\"", "GET k\"", "GET \"k\\", "'"];
    for (let i = 0; i < wrong.length; i++) expect(words(wrong[i])).toBe("! unbalanced quotes in request", wrong[i]);
    expect(words("GET k\0")).toBe("! NUL in inline request");
  });

  it("is counted to its end, however many words it has", () => {
    const m = bytes("DEL" + " k".repeat(10000) + "|"), w = new Wire(new Session(), false), args = new Arguments();
    w.reader.reset(m.base, m.length);
    expect(args.begin(w)).toBe(Verdict.Head);
    expect(args.count).toBe(10001);
    expect(args.length).toBe(4096);
  });
});

describe("a number", () => {
  it("is what string2ll takes", () => {
    expect(numberOf("0")).toBe(0);
    expect(numberOf("12")).toBe(12);
    expect(numberOf("-1")).toBe(-1);
    expect(numberOf("999999999999")).toBe(999999999999);
    const wrong = ["", "-", "+1", "01", "-0", "-01", "1 ", " 1", "1x", "0x1", "1.0", "1e3", "9999999999999"];
    for (let i = 0; i < wrong.length; i++) expect(numberOf(wrong[i])).toBe(NO_NUMBER, wrong[i]);
  });
});
