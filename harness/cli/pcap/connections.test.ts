import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectionsOf } from "./connections.ts";
import { classic, packet, pcapng, type Link, type Said } from "./testing/writer.ts";

const CLIENT = "10.0.0.1:40000", SERVER = "10.0.0.2:20880";
const c = (sequence: number, payload: string, more: Partial<Said> = {}): Said => ({ from: CLIENT, to: SERVER, sequence, payload, ...more });
const s = (sequence: number, payload: string, more: Partial<Said> = {}): Said => ({ from: SERVER, to: CLIENT, sequence, payload, ...more });
const SYN = [c(99, "", { flags: "S" }), s(499, "", { flags: "SA" })];
const capture = (said: Said[]): Buffer => classic(said.map(each => packet(each)));

/** What each side said, `>` for the client. */
function talk(file: Buffer, port?: number): string[] {
  return connectionsOf(file, port).pieces.map(({ direction, bytes }) => `${direction === "request" ? ">" : "<"}${bytes}`);
}

describe("captures", () => {
  const said = [...SYN, c(100, "hello"), s(500, "world"), c(105, "", { flags: "FA" })];
  for (const link of ["ethernet", "vlan", "sll", "sll2", "raw", "null"] as Link[]) {
    for (const big of [false, true]) {
      it(`are read in both formats: ${link}, ${big ? "big" : "little"} endian`, () => {
        const packets = said.map(each => packet(each, link));
        assert.deepEqual(talk(classic(packets, link, big)), [">hello", "<world"]);
        assert.deepEqual(talk(pcapng(packets, link, big)), [">hello", "<world"]);
      });
    }
  }

  it("may be of IPv6, with extension headers", () => {
    const [from, to] = ["[fe80::1]:40000", "[::1]:20880"];
    const found = connectionsOf(capture([{ from, to, sequence: 9, flags: "S" }, { from, to, sequence: 10, payload: "six" }]));
    assert.deepEqual(found.pieces, [{ connection: "[fe80::1]:40000 > [::1]:20880", direction: "request", bytes: Buffer.from("six") }]);
  });

  it("that are none, or broken, are refused with the place", () => {
    assert.throws(() => connectionsOf(Buffer.from("GET / HTTP/1.1 and more bytes")), /it is no capture/);
    const file = capture(said);
    assert.throws(() => connectionsOf(file.subarray(0, file.length - 3)), /broken at byte \d+/);
    assert.throws(() => connectionsOf(classic([Buffer.alloc(60)], "ethernet").fill(9, 20, 21)), /link type 9 cannot be read; those that can: 0, 1/);
  });
});

describe("TCP", () => {
  it("puts segments in order and leaves repeats out", () => {
    const file = capture([...SYN, c(103, "def"), c(100, "abc"), c(100, "abc"), c(101, "bcdefgh"), c(108, "i")]);
    assert.deepEqual(talk(file), [">abcdef", ">gh", ">i"]);
  });

  it("goes on past 2^32", () => {
    const start = 2 ** 32 - 3;
    assert.deepEqual(talk(capture([c(start - 1, "", { flags: "S" }), c(2, "fgh"), c(start, "abcde")])), [">abcdefgh"]);
  });

  it("takes data in a SYN", () => assert.deepEqual(talk(capture([c(99, "early", { flags: "S" }), c(105, "late")])), [">early", ">late"]));

  it("tells what is missing", () => {
    const { notes } = connectionsOf(capture([...SYN, c(100, "abc"), c(110, "z")]));
    assert.deepEqual(notes.map(note => note.text), ["7 bytes of the client are missing from the capture after its first 3"]);
    const cut = connectionsOf(capture([...SYN, c(100, "abcdefghij", { snap: 14 + 20 + 20 + 4 })]));
    assert.deepEqual(cut.notes.map(note => note.text), ["6 bytes were cut off by the capture's snap length"]);
  });

  it("tells connections apart, also when a port is used again", () => {
    const other = { from: "10.0.0.1:40001", to: SERVER };
    const { pieces } = connectionsOf(capture([
      ...SYN, { ...other, sequence: 1, flags: "S" }, c(100, "a"), { ...other, sequence: 2, payload: "b" }, ...SYN, c(100, "c"),
    ]));
    assert.deepEqual(pieces.map(({ connection, bytes }) => [connection, bytes.toString()]), [
      [`${CLIENT} > ${SERVER}`, "a"], ["10.0.0.1:40001 > 10.0.0.2:20880", "b"], [`${CLIENT} > ${SERVER} (2)`, "c"],
    ]);
  });
});

describe("the client", () => {
  it("is who sent the SYN, even if only the answer to it was captured", () => {
    assert.deepEqual(talk(capture([s(499, "", { flags: "SA" }), s(500, "hi"), c(100, "ho")])), ["<hi", ">ho"]);
  });
  it("is who talks to the port, if the capture began later", () => {
    const file = capture([s(500, "hi"), c(100, "ho")]);
    assert.deepEqual(talk(file, 20880), ["<hi", ">ho"]);
    assert.throws(() => talk(file), /began before the capture: say which port is the server's with --port/);
  });
  it("of another port is left out", () => assert.deepEqual(talk(capture([...SYN, c(100, "hi")]), 80), []));
});

describe("many segments and connections", () => {
  it("cost as many comparisons as sorting does, behind a gap and in any order", () => {
    const counts = [2000, 4000].map(count => {
      const behind = Array.from({ length: count }, (_, i) => c(200 + 2 * ((i * 7919) % count), "ab"));
      const { pieces, notes, steps } = connectionsOf(capture([...SYN, ...behind]));
      assert.deepEqual([pieces.length, notes[0]?.text], [0, "100 bytes of the client are missing from the capture after its first 0"]);
      const filled = connectionsOf(capture([...SYN, ...behind, c(100, "x".repeat(100))]));
      assert.equal(filled.pieces[0]?.bytes.length, 100 + 2 * count);
      assert.ok(filled.steps <= 4 * count * Math.log2(count), `${filled.steps} comparisons`);
      return steps;
    });
    assert.ok(counts[1]! < 3 * counts[0]!, `twice as many segments: ${counts.join(", ")}`);
  });
  it("are looked at once each: what a connection is called takes no look at the others", () => {
    const said = Array.from({ length: 3000 }, (_, i) => [c(99, "", { flags: "S" }), c(100, `${i}`)]).flat();
    const { pieces, steps } = connectionsOf(capture(said));
    assert.deepEqual([pieces.length, pieces.at(-1)!.connection, steps], [3000, `${CLIENT} > ${SERVER} (3000)`, 0]);
  });
});
