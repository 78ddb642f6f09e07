import { Verdict } from "../../../assembly/codec/index";
import { Bench, bytes, command } from "./support";

function keysOf(line: string): string {
  const b = new Bench("key");
  expect(b.decode(command(line))).toBe(Verdict.Head, line);
  return b.value("key");
}

function waits(line: string): i32 {
  const b = new Bench("");
  b.decode(command(line));
  return b.frame.wait;
}

describe("keys", () => {
  it("are where the command has them", () => {
    expect(keysOf("get k")).toBe("k");
    expect(keysOf("MGET a b c")).toBe("a,b,c");
    expect(keysOf("MSET a 1 b 2")).toBe("a,b");
    expect(keysOf("BITOP AND d a b")).toBe("d,a,b");
    expect(keysOf("BLPOP a b 0")).toBe("a,b");
    expect(keysOf("OBJECT FREQ k")).toBe("k");
    expect(keysOf("PING")).toBe("-");
    expect(keysOf("NO.SUCH k v")).toBe("k");
  });

  it("are as many as a number says, and no more than there are", () => {
    expect(keysOf("EVAL s 2 a b c")).toBe("a,b");
    expect(keysOf("ZUNIONSTORE d 2 a b WEIGHTS 1 2")).toBe("d,a,b");
    expect(keysOf("BLMPOP 0 2 a b LEFT")).toBe("a,b");
    expect(keysOf("MSETEX 2 a 1 b 2 NX")).toBe("a,b");
    expect(keysOf("EVAL s 9 a b")).toBe("a,b");
    expect(keysOf("EVAL s 999999999999999999 a b")).toBe("a,b");
    expect(keysOf("EVAL s -1 a")).toBe("-");
    expect(keysOf("EVAL s 0")).toBe("-");
    expect(keysOf("EVAL s x a")).toBe("-");
    expect(keysOf("EVAL s")).toBe("-");
  });

  it("are found behind options, and options are not found in their place", () => {
    expect(keysOf("XREADGROUP GROUP streams c BLOCK 5 STREAMS a b > >")).toBe("a,b");
    expect(keysOf("XREAD COUNT streams STREAMS a 0")).toBe("a");
    expect(keysOf("XREAD STREAMS a b c 0 0 0")).toBe("a,b,c");
    expect(keysOf("XREAD NONSENSE STREAMS a 0")).toBe("-");
    expect(keysOf("SORT k BY store GET x LIMIT store 1 STORE d")).toBe("k,d");
    expect(keysOf("GEORADIUS k 1 2 3 m COUNT 3 STOREDIST d")).toBe("k,d");
    expect(keysOf("MIGRATE h 1  0 10 AUTH keys KEYS a b")).toBe("a,b");
    expect(keysOf("MIGRATE h 1 k 0 10")).toBe("k");
  });

  it("are read no further than they go", () => {
    const b = new Bench("key"), evaluate = bytes("*6|$4|EVAL|$1|s|$1|1|$1|k|$9|half");
    expect(b.decode(evaluate)).toBe(Verdict.Need);
    const all = bytes("*5|$4|EVAL|$1|s|$1|1|$1|k|$9|half");
    expect(new Bench("key").decode(all)).toBe(Verdict.Head);
    expect(new Bench("key").decode(bytes("*3|$3|SET|$1|k|$900000|x"))).toBe(Verdict.Head);
    expect(new Bench("").decode(bytes("*3|$4|MGET|$900000|x"))).toBe(Verdict.Need);
  });

  it("of a line are hidden where a word before their end is not what it seems", () => {
    const b = new Bench("key");
    b.decode(bytes("SET k \"a\\nb\"|"));
    expect(b.value("key")).toBe("k");
    b.decode(bytes("SET \"k\\x31\" v|"));
    expect(b.value("key")).toBe("?");
    b.decode(bytes("MGET a \"b\\x31\"|"));
    expect(b.value("key")).toBe("?");
  });
});

describe("waiting", () => {
  it("is in seconds or milliseconds, wherever it stands", () => {
    expect(waits("BLPOP k 0.25")).toBe(250);
    expect(waits("BLPOP k .5")).toBe(500);
    expect(waits("BLPOP k 3")).toBe(3000);
    expect(waits("BLPOP k 1.23456")).toBe(1234);
    expect(waits("BZMPOP 2 1 k MIN")).toBe(2000);
    expect(waits("WAIT 1 70")).toBe(70);
    expect(waits("XREAD BLOCK 5 BLOCK 9 STREAMS k 0")).toBe(9);
    expect(waits("XREAD STREAMS BLOCK 7")).toBe(0);
    expect(waits("GET k")).toBe(0);
  });

  it("is for ever with nothing, and with what cannot be read", () => {
    const lines = ["BLPOP k 0", "BLPOP k 0.0001", "BLPOP k 1e3", "BLPOP k x", "BLPOP k -1", "BLPOP k 99999999999999999999", "WAIT 1 0", "XREAD BLOCK 0 STREAMS k 0"];
    for (let i = 0; i < lines.length; i++) expect(waits(lines[i])).toBe(i32.MAX_VALUE, lines[i]);
  });
});
