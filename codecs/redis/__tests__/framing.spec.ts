import { Reader } from "../../../assembly/bytes/reader";
import { Scanner } from "../framing";
import { bytes } from "./support";

/** Where a value ends in these bytes, cut after every `piece` of them; -1: it goes on, -2: it is none. */
function end(spec: string, piece: i32, strings: bool): i32 {
  const m = bytes(spec), scanner = new Scanner(), r = new Reader();
  scanner.start(1, strings);
  for (let at = 0; at < m.length; at += piece) {
    r.reset(m.base + at, min(piece, m.length - at));
    const found = scanner.scan(r, 0);
    if (scanner.bad) return -2;
    if (found >= 0) return at + found;
  }
  return -1;
}

/** It ends with its bytes however they are cut, in front of what follows, and never before. */
function ends(spec: string): void {
  const size = bytes(spec).length;
  for (let piece = 1; piece <= size + 4; piece++) {
    expect(end(spec, piece, false)).toBe(size, spec);
    expect(end(spec + "+OK|", piece, false)).toBe(size, spec);
  }
  for (let n = 1; n < spec.length; n++) expect(end(spec.substring(0, n), 1, false)).toBe(-1, spec);
}

function fails(spec: string, strings: bool = false): void {
  for (let piece = 1; piece <= spec.length; piece++) expect(end(spec + "|", piece, strings)).toBe(-2, spec);
}

describe("the end of a value", () => {
  it("is that of its line", () => {
    const lines = ["+OK|", "-ERR no|", ":1|", ":-1|", "_|", "#t|", ",1.5|", ",inf|", "(123456789012345678901234567890|", "+|", "$-1|", "*-1|"];
    for (let i = 0; i < lines.length; i++) ends(lines[i]);
  });

  it("is behind the bytes of a string, whatever they are", () => {
    ends("$5|hello|");
    ends("$0||");
    ends("$4|a|b|");
    ends("=7|txt:abc|");
    ends("!5|ERR x|");
  });

  it("is that of the last of many, in one another or not", () => {
    ends("*0|");
    ends("*3|:1|$1|x|+y|");
    ends("*2|*2|:1|:2|*1|*1|*0|");
    ends("%2|+a|:1|+b|*2|:1|:2|");
    ends("~2|:1|:2|");
    ends(">3|$7|message|$1|x|$1|y|");
    ends("^1|+a|+b|:1|");
    ends("*1|^1|+a|*1|:0|:1|");
    ends("*2|$-1|*-1|");
  });

  it("is not looked for in what is none", () => {
    const wrong = ["x", "$x", "$", "$-2", "$+1", "$1 ", "$99999999999999999999", "*", "*-2", "*x", "*?", "$?", "%-1", "~-1", ">-1", "=-1", "%x", ".", "*1|x", "$1-"];
    for (let i = 0; i < wrong.length; i++) fails(wrong[i]);
    const m = bytes(""), scanner = new Scanner(), r = new Reader();
    m.text("$1\nx\r\n");
    scanner.start(1, false);
    r.reset(m.base, m.length);
    scanner.scan(r, 0);
    expect(scanner.bad).toBe(true);
  });

  it("is in a request that of strings", () => {
    expect(end("$5|hello|", 1, true)).toBe(11);
    fails("+OK", true);
    fails(":1", true);
    fails("*1", true);
    fails("$-1", true);
  });
});

describe("what a scan costs", () => {
  it("is no look at the bytes of strings", () => {
    const scanner = new Scanner(), r = new Reader(), head = bytes("$536870912|"), some = bytes("x".repeat(1 << 16));
    scanner.start(1, false);
    r.reset(head.base, head.length);
    expect(scanner.scan(r, 0)).toBe(-1);
    r.reset(some.base, some.length);
    let goesOn = 0;
    for (let i = 0; i < 8192; i++) if (scanner.scan(r, 0) == -1) goesOn++;
    expect(goesOn).toBe(8192);
    r.reset(some.base, 5);
    expect(scanner.scan(r, 0)).toBe(2);
  });

  it("is no memory for arrays in one another", () => {
    const scanner = new Scanner(), r = new Reader(), one = bytes("*536870912|");
    scanner.start(1, false);
    r.reset(one.base, one.length);
    for (let i = 0; i < 100000; i++) scanner.scan(r, 0);
    expect(scanner.bad).toBe(false);
    expect(scanner.pending).toBe(<i64>100000 * 536870911 + 1);
  });
});
