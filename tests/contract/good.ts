import assert from "node:assert/strict";
import type { InspectLine, Inspector } from "../../harness/emulator/inspector.ts";
import { hasMore, isHidden, metadataOf, named, read, settableKeys } from "./read.ts";
import type { Room } from "./rooms.ts";
import { bytesOf, type Expected, type GoodVector } from "./vectors.ts";

const SWALLOWED = ["drop", "local", "ping"];
/** What only a reply to a request has. */
const OF_REPLIES = ["outcome", "code", "last"];
const VALUE = "meltemi-contract";
/** Frames longer than this are cut at some places only. */
const ALL_CUTS = 600;

/** The bytes are one frame, and it is as the vector says. */
export function decodes(inspector: Inspector, room: Room, vector: GoodVector): void {
  const { lines, names } = read(inspector, room, vector);
  const line = only(lines);
  compare(line, vector.expect, vector.direction === "request");
  const { metadata = {}, hidden = [], mayHide = {}, absent = [], more = [] } = vector.expect;
  const found = metadataOf(line, names);
  for (const [key, value] of Object.entries(metadata)) {
    if (!(key in mayHide && isHidden(found[key]))) assert.deepEqual(named(found[key]), value, key);
  }
  for (const key of hidden) assert.ok(isHidden(found[key]), `${key} should be hidden and is ${JSON.stringify(found[key])}`);
  for (const key of absent) assert.equal(named(found[key]), undefined, key);
  for (const key of [...Object.keys(metadata), ...absent]) assert.equal(hasMore(found[key]), more.includes(key), `${key} may have further values`);
}

/** Without a change the bytes pass as they are; with one, exactly that one shows. Returns how many changes were possible. */
export function encodes(inspector: Inspector, room: Room, vector: GoodVector): number {
  const { lines, output } = read(inspector, room, vector), original = bytesOf(vector), before = only(lines);
  if (SWALLOWED.includes(before.kind ?? "")) {
    assert.equal(output.length, 0);
    return 0;
  }
  if (!before.edited) assert.deepEqual(output, original);
  return settableKeys(room, vector.direction).filter(key => changes(inspector, room, vector, key)).length;
}

/** A change that changes nothing leaves every byte, and what is read from them, as it was; so does reading what was sent on. */
export function mirrors(inspector: Inspector, room: Room, vector: GoodVector): void {
  const first = read(inspector, room, vector);
  const before = only(first.lines).edited ? read(inspector, room, vector, [first.output]) : first;
  const key = settableKeys(room, vector.direction).find(each => each.startsWith("x-meltemi"));
  const after = key ? read(inspector, room, vector, undefined, { remove: [key] }) : before;
  assert.deepEqual(after.output, before.output);
  if (after.output.length === 0) return;
  const again = read(inspector, room, vector, [after.output]);
  assert.deepEqual(facts(again.lines), facts(before.lines));
}

/** However the bytes are cut, and whatever follows them, the frames are the same. */
export function splits(inspector: Inspector, room: Room, vector: GoodVector): void {
  const bytes = bytesOf(vector), whole = read(inspector, room, vector);
  const step = Math.max(1, Math.floor(bytes.length / ALL_CUTS));
  for (let cut = 1; cut < bytes.length; cut += step) {
    const parts = read(inspector, room, vector, [bytes.subarray(0, cut), bytes.subarray(cut)]);
    assert.deepEqual(parts, whole, `cut at ${cut}`);
  }
  const single = read(inspector, room, vector, [...bytes].map(byte => Buffer.from([byte])));
  assert.deepEqual(single, whole, "byte by byte");
  const twice = read(inspector, room, vector, [Buffer.concat([bytes, bytes])]);
  assert.deepEqual(twice.output, Buffer.concat([whole.output, whole.output]));
  assert.deepEqual(twice.lines.slice(0, whole.lines.length), whole.lines);
  assert.deepEqual(twice.lines.slice(whole.lines.length).map(line => line.at - bytes.length), whole.lines.map(line => line.at));
}

/** Sets, appends and removes one key and reads the result. False if the codec cannot change this message. */
function changes(inspector: Inspector, room: Room, vector: GoodVector, key: string): boolean {
  const original = bytesOf(vector), keys = [...new Set([key, ...Object.keys(vector.expect.metadata ?? {})])];
  const plain = read(inspector, room, vector, undefined, undefined, keys);
  const set = read(inspector, room, vector, undefined, { set: { [key]: VALUE } });
  if (set.lines.some(line => line.encoded === "cannot")) {
    assert.deepEqual(set.output, original, "a message that cannot be changed must pass as it is");
    return false;
  }
  const shown = (bytes: Buffer): { line: InspectLine; value: unknown; rest: unknown } => {
    const { lines, names } = read(inspector, room, vector, [bytes], undefined, keys), line = only(lines);
    const { [key]: value, ...rest } = metadataOf(line, names);
    return { line, value, rest: { ...rest, kind: line.kind, id: line.id, expect: line.expect, code: line.code, outcome: line.outcome, pin: line.pin } };
  };
  const before = shown(original), after = shown(set.output);
  assert.deepEqual({ value: after.value, rest: after.rest }, { value: VALUE, rest: before.rest }, `set ${key}`);
  const removed = read(inspector, room, vector, [set.output], { remove: [key] });
  const gone = shown(removed.output);
  assert.deepEqual(gone.rest, before.rest, `remove ${key}`);
  assert.ok(gone.value === undefined || gone.value === "", `remove ${key}: still ${JSON.stringify(gone.value)}`);
  const absent = metadataOf(only(plain.lines), plain.names)[key] === undefined;
  if (absent && removed.output.length === plain.output.length) assert.deepEqual(removed.output, plain.output, "set, then removed");
  const appended = shown(read(inspector, room, vector, [set.output], { append: { [key]: "second" } }).output);
  assert.ok(JSON.stringify(appended.value).includes("second"), `append ${key}: ${JSON.stringify(appended.value)}`);
  assert.deepEqual(appended.rest, before.rest, `append ${key}`);
  return true;
}

function compare(line: InspectLine, expected: Expected, request: boolean): void {
  const known: Partial<Record<keyof Expected, unknown>> = {
    kind: line.kind, size: line.size, head: line.head, key: line.id, order: line.order, pin: line.pin, unpin: line.unpin, safe: line.safe,
    wait: line.wait, last: line.last, outcome: line.outcome, code: line.code, draining: line.draining, ...(request && { expect: line.expect }),
  };
  for (const [name, value] of Object.entries(expected)) {
    if (!(name in known)) continue;
    if (OF_REPLIES.includes(name) && (request || line.kind !== "call")) continue;
    assert.equal(lower(known[name as keyof Expected]), lower(value), name);
  }
}

const lower = (value: unknown): unknown => typeof value === "string" ? value.toLowerCase() : value;

/** What is said of frames, without what depends on there having been an encode. */
function facts(lines: InspectLine[]): unknown[] {
  return lines.filter(line => line.kind).map(({ encoded: _, edited: __, ...rest }) => rest);
}

function only(lines: InspectLine[]): InspectLine {
  const frames = lines.filter(line => line.kind !== undefined), wrong = lines.find(line => line.error !== undefined);
  assert.equal(wrong, undefined, `${wrong?.error} at byte ${wrong?.errorAt}`);
  assert.equal(frames.length, 1, "one vector is one frame");
  return frames[0] as InspectLine;
}
