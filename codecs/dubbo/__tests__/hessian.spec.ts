import { Reader } from "../../../assembly/bytes/reader";
import { Writer } from "../../../assembly/bytes/writer";
import { Fault, Text, Walker } from "../hessian";
import { add, bytes } from "./support";

const walker = new Walker();
const reader = new Reader();

/** Skips one value; returns where the walk ended, -1 if the bytes ran out, -2 malformed, -3 unreadable. */
function skip(m: Writer, size: i32 = -1): i32 {
  reader.reset(m.base, size < 0 ? m.length : size);
  walker.begin();
  walker.skip(reader);
  if (walker.fault == Fault.Malformed) return -2;
  if (walker.fault == Fault.Unreadable) return -3;
  return reader.bad ? -1 : reader.at;
}

/** The value is passed over to its last byte, and every shorter run of it is found too short. */
function passes(spec: string): void {
  const m = bytes(spec);
  expect(skip(m)).toBe(m.length, spec);
  for (let n = 0; n < m.length; n++) expect(skip(m, n)).toBe(-1, spec + " cut at " + n.toString());
}

function text(spec: string): Text {
  const m = bytes(spec);
  reader.reset(m.base, m.length);
  walker.begin();
  return walker.text(reader);
}

function repeat(times: i32, spec: string, tail: string): Writer {
  const m = new Writer();
  for (let i = 0; i < times; i++) add(m, spec);
  return add(m, tail);
}

describe("Walker.skip", () => {
  it("passes over scalars in all their forms", () => {
    const scalars = [
      "4e", "54", "46", // null, true, false
      "80", "90", "bf", "c0ff", "c800", "cf00", "d00000", "d40000", "d7ffff", "49'1234'", // int
      "d8", "ef", "f000", "ffff", "380000", "3fffff", "59'1234'", "4c'12345678'", // long
      "5b", "5c", "5d80", "5e8000", "5f'1234'", "44'12345678'", // double
      "4a'12345678'", "4b'1234'", // date
      "5190", "51c900", "5149'1234'", // reference
    ];
    for (let i = 0; i < scalars.length; i++) passes(scalars[i]);
  });

  it("passes over strings and binaries, in chunks too", () => {
    passes("00");
    passes("05'hello'");
    passes("1f'abcdefghijklmnopqrstuvwxyzabcde'");
    passes("3020'abcdefghijklmnopqrstuvwxyzabcdef'");
    passes("530003'abc'");
    passes("520002'ab' 520001'c' 01'd'");
    passes("520002'ab' 530001'c'");
    passes("520001'a' 3001'b'");
    passes("20");
    passes("23010203");
    passes("3403010203");
    passes("420002abcd");
    passes("410002abcd 410001ef 2101");
    passes("410001ab 3401cd");
    passes("410001ab 420001cd");
  });

  it("counts characters, not bytes", () => {
    passes("02'é€'");
    passes("02 eda0bd edb880"); // a surrogate pair, as Java writes it
    passes("0a'äaaaaaaaa€'");
  });

  it("passes over lists", () => {
    passes("78");
    passes("7a9192");
    passes("71 04'[int' 91");
    passes("70 04'[int'");
    passes("5891 91");
    passes("56 04'[int' 92 91 91");
    passes("57 91 92 5a");
    passes("55 04'list' 91 5a");
    passes("575a");
    passes("72 90 91 92"); // the type is the number of an earlier one
    passes("7a 7a9192 79 79 91");
  });

  it("passes over maps", () => {
    passes("485a");
    passes("48 01'a' 91 01'b' 7991 5a");
    passes("4d 03'map' 01'a' 4e 5a");
    passes("4d 90 01'a' 48 5a 5a");
  });

  it("passes over class definitions and objects", () => {
    passes("43 03'Car' 92 01'a' 01'b' 60 91 92");
    passes("43 03'Car' 90 60");
    passes("7a 43 03'Car' 91 01'a' 60 91 60 92");
    passes("7a 43 03'Car' 91 01'a' 4f90 91 4f90 92");
    passes("43 01'A' 91 01'x' 43 01'B' 90 60 61"); // B is defined where A's object is expected
    passes("43 01'N' 92 01'v' 01'n' 60 91 60 92 60 93 4e"); // a chain
  });

  it("refuses what no server reads", () => {
    const broken = [
      "40", "45", "47", "50", "5a", "60", "4f90", "01f0", "0180", "7a5a", "48 01'a' 5a 91 5a", "520001'a' 91",
      "410001ab 01", "58 8f", "43 7991 90", "43 01'A' 8f", "43 01'A' 90 61",
    ];
    for (let i = 0; i < broken.length; i++) {
      expect(skip(add(bytes(broken[i]), "909090909090"))).toBe(-2, broken[i]);
    }
  });

  it("never believes a count that the bytes cannot hold", () => {
    expect(skip(bytes("58 49 7fffffff 91"))).toBe(-1);
    expect(skip(bytes("43 01'A' 49 7fffffff 01'a'"))).toBe(-1);
    expect(skip(bytes("53ffff'abc'"))).toBe(-1);
    expect(skip(bytes("37ff01"))).toBe(-1);
  });

  it("walks deep values without depth, up to a limit", () => {
    expect(skip(repeat(500, "79", "91"))).toBe(501);
    const chain = add(new Writer(), "43 01'N' 92 01'v' 01'n'");
    for (let i = 0; i < 10000; i++) add(chain, "6091");
    expect(skip(add(chain, "4e"))).toBe(chain.length);
    expect(skip(repeat(10000, "57", "5a"))).toBe(-3);
    expect(skip(repeat(5000, "43 01'N' 90", "60"))).toBe(-3);
  });
});

describe("Walker.text", () => {
  it("shows one run of UTF-8", () => {
    expect(text("05'hello' 90") == Text.Plain).toBe(true);
    expect(walker.at).toBe(1);
    expect(walker.length).toBe(5);
    expect(reader.at).toBe(6);
    expect(text("03'aé€'") == Text.Plain).toBe(true);
    expect(walker.units).toBe(3);
    expect(walker.length).toBe(6);
  });

  it("tells what cannot be compared", () => {
    expect(text("02 eda0bd edb880") == Text.Odd).toBe(true);
    expect(text("01 c1a1") == Text.Odd).toBe(true);
    expect(text("01 c341") == Text.Odd).toBe(true);
    expect(text("520001'a' 01'b'") == Text.Chunked).toBe(true);
    expect(text("4e") == Text.Null).toBe(true);
    expect(text("54") == Text.Scalar).toBe(true);
    expect(text("49'1234'") == Text.Scalar).toBe(true);
    expect(reader.at).toBe(5);
  });

  it("refuses containers", () => {
    text("7891");
    expect(walker.fault == Fault.Malformed).toBe(true);
    text("20");
    expect(walker.fault == Fault.Malformed).toBe(true);
  });
});
