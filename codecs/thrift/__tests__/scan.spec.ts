import { Writer } from "../../../assembly/bytes/writer";
import { BROKEN } from "../../../assembly/codec/index";
import { Scanner } from "../scan";
import { bytes } from "./support";

/** Where a struct ends in these bytes, cut after every `piece` of them; BROKEN: it is none, -1: it goes on. */
function end(m: Writer, compact: bool, piece: i32): i32 {
  const scanner = new Scanner();
  scanner.begin(compact);
  for (let at = 0; at < m.length; at += piece) {
    const size = min(piece, m.length - at), found = scanner.scan(m.base + at, size);
    if (found != -1) return found == BROKEN ? BROKEN : at + found;
  }
  return -1;
}

/** The struct ends with the bytes, however they are cut, and in front of what follows them. */
function ends(spec: string, compact: bool): void {
  const m = bytes(spec), more = bytes(spec + "ff ff ff");
  for (let piece = 1; piece <= more.length; piece++) {
    expect(end(m, compact, piece)).toBe(m.length, spec);
    expect(end(more, compact, piece)).toBe(m.length, spec);
  }
  for (let n = 0; n < m.length; n++) {
    more.length = n;
    expect(end(more, compact, 1)).toBe(-1, spec);
  }
}

function fails(spec: string, compact: bool): void {
  const m = bytes(spec + "00 00 00 00");
  for (let piece = 1; piece <= m.length; piece++) expect(end(m, compact, piece)).toBe(BROKEN, spec);
}

describe("the end of a binary struct", () => {
  it("is found behind all types of fields", () => {
    ends("00", false);
    ends("02 0001 01 03 0002 05 04 0003 0000000000000000 06 0004 0001 08 0005 00000001 0a 0006 0000000000000001 00", false);
    ends("0b 0001 <hello> 0b 0002 00000000 10 0003 00112233445566778899aabbccddeeff 00", false);
    ends("0c 0001 0c 0001 00 08 0002 00000001 00 00", false);
  });

  it("is found behind containers, empty ones too", () => {
    ends("0f 0001 08 00000002 00000001 00000002 0e 0002 0b 00000002 <a> <b> 00", false);
    ends("0d 0001 0b 08 00000002 <a> 00000001 <b> 00000002 0d 0002 08 0a 00000001 00000001 0000000000000001 00", false);
    ends("0f 0001 0c 00000000 0d 0002 00 00 00000000 0f 0003 0c 00000002 00 00 00", false);
    ends("0f 0001 0f 00000002 0b 00000001 <x> 08 00000000 0d 0002 08 0c 00000001 00000001 00 00", false);
  });

  it("is not looked for in what is none", () => {
    fails("63 0001", false);
    fails("0b 0001 ffffffff", false);
    fails("0f 0001 63 00000001", false);
    fails("0d 0001 0b 0b ffffffff", false);
    fails("0d 0001 63 0b 00000001 00", false);
  });

  it("is found in 1,023 structs in one another, and in no more", () => {
    for (let piece = 1; piece < 5000; piece *= 7) {
      expect(end(bytes("0c0001".repeat(1023) + "00".repeat(1024) + "ff"), false, piece)).toBe(1023 * 4 + 1);
      expect(end(bytes("0c0001".repeat(1024) + "00".repeat(1025)), false, piece)).toBe(BROKEN);
      expect(end(bytes("1c".repeat(1024) + "00".repeat(1025)), true, piece)).toBe(BROKEN);
    }
  });

  it("is found again and again with what deep ones have needed", () => {
    const scanner = new Scanner(), deep = bytes("0c0001".repeat(200) + "00".repeat(201)), flat = bytes("08 0001 00000001 00");
    for (let i = 0; i < 3; i++) {
      scanner.begin(false);
      expect(scanner.scan(deep.base, deep.length)).toBe(deep.length);
      scanner.begin(false);
      expect(scanner.scan(flat.base, flat.length)).toBe(flat.length);
    }
  });
});

describe("the end of a compact struct", () => {
  it("is found behind all types of fields", () => {
    ends("00", true);
    ends("11 12 13 05 14 8001 15 ffffffff0f 16 ffffffffffffffffff01 17 0000000000000000 18 {hello} 1d 00112233445566778899aabbccddeeff 00", true);
    ends("05 8001 02 18 00 1c 1c 00 15 02 00 00", true);
  });

  it("is found behind containers, empty ones too", () => {
    ends("19 25 02 8001 1a 28 {a} {b} 19 21 01 02 19 23 01 02 00", true);
    ends("1b 00 1b 02 85 {a} 02 {b} 8001 1b 01 8c {a} 00 00", true);
    ends("19 f5 10 00010203040506078001 8001 08090a0b0c0d 19 f1 0f 000102030405060708090a0b0c0d0e 00", true);
    ends("19 2c 00 00 19 09 19 19 15 02 00", true);
  });

  it("is not looked for in what is none", () => {
    fails("1e", true);
    fails("19 20", true);
    fails("15 ffffffffffffffffffff", true);
    fails("19 25 ffffffffffffffffffff", true);
    fails("18 ffffffff0f", true);
    fails("1b ffffffff0f", true);
  });
});

describe("what a scan costs", () => {
  it("is no look at the bytes of strings and numbers", () => {
    const scanner = new Scanner(), head = bytes("0b 0001 7fffffff"), some = new Writer(1 << 16);
    scanner.begin(false);
    expect(scanner.scan(head.base, head.length)).toBe(-1);
    let goesOn = 0;
    for (let i = 0; i < 32767; i++) if (scanner.scan(some.base, 1 << 16) == -1) goesOn++;
    expect(goesOn).toBe(32767);
    expect(scanner.scan(some.base, 65535)).toBe(-1);
    const stop = bytes("00");
    expect(scanner.scan(stop.base, 1)).toBe(1);
  });
});
