import assert from "node:assert/strict";
import type { Inspector } from "../../harness/emulator/inspector.ts";
import { isHidden, metadataOf, read } from "./read.ts";
import type { Room } from "./rooms.ts";
import { bytesOf, isBad, type BadVector, type GoodVector } from "./vectors.ts";

/** Memory that reading one vector may take beyond what the module has, bytes. */
const MAX_GROWTH = 32 << 20;

/** Broken bytes cost no more than the vector says, in one piece and byte by byte, and never a trap. */
export function survives(inspector: Inspector, room: Room, vector: BadVector): void {
  const before = inspector.memoryBytes(), bytes = bytesOf(vector);
  const next = room.vectors.find((each): each is GoodVector => !isBad(each) && each.direction === vector.direction && !each.answers);
  const followed = next && ["message", "keys"].includes(vector.costs) ? Buffer.concat([bytes, bytesOf(next)]) : bytes;
  const { lines, names } = read(inspector, room, vector, [followed]);
  const wrong = lines.find(line => line.error !== undefined), first = lines[0];
  assert.deepEqual(read(inspector, room, vector, [...followed].map(byte => Buffer.from([byte]))).lines, lines, "byte by byte");
  assert.ok(inspector.memoryBytes() - before < MAX_GROWTH, `${inspector.memoryBytes() - before} bytes of memory more`);
  switch (vector.costs) {
    case "connection":
      assert.ok(wrong && wrong.skipped === undefined && wrong.missing === undefined, `the connection should be lost: ${JSON.stringify(lines)}`);
      break;
    case "message":
      assert.equal(wrong?.skipped, bytes.length, `only this message should be lost: ${JSON.stringify(lines)}`);
      if (next) assert.equal(lines.at(-1)?.kind, next.expect.kind.toLowerCase(), "the next message is read");
      break;
    case "time":
      assert.ok(wrong && wrong.skipped === undefined, `the message should never be whole: ${JSON.stringify(lines)}`);
      break;
    case "keys":
      assert.equal(wrong, undefined, `it should pass: ${JSON.stringify(lines)}`);
      for (const [key, value] of Object.entries(metadataOf(first ?? { direction: vector.direction, at: 0 }, names))) {
        assert.ok(isHidden(value), `${key} should be hidden and is ${JSON.stringify(value)}`);
      }
  }
}
