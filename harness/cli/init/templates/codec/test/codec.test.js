/** Holds the codec to what framework and rules rely on, with the vectors of vectors/made.js and vectors/recorded/*.jsonl. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Inspector } from "meltemi/inspector";
import { made } from "../vectors/made.js";

const RECORDED = "vectors/recorded";
const lines = (file) => readFileSync(`${RECORDED}/${file}`, "utf8").trimEnd().split("\n");
const recorded = existsSync(RECORDED) ? readdirSync(RECORDED).flatMap(lines).map((line) => JSON.parse(line)) : [];
const vectors = [...made(), ...recorded];
const bytesOf = (vector) => Buffer.from(vector.hex.replaceAll(" ", ""), "hex");

const inspector = Inspector.load("build/{{name}}.wasm"), [traits] = inspector.describe().codecs;
const settable = { request: traits.settableRequest, response: traits.settableResponse };

/** What the codec says of bytes that come in these pieces, and what goes on of them after `changes`. */
function read(vector, pieces = [bytesOf(vector)], changes = {}) {
  const inspection = inspector.open("{{name}}"), request = vectors.find(({ name }) => name === vector.answers);
  if (request) inspection.feed("request", bytesOf(request));
  inspection.mutate(vector.direction, changes);
  const lines = pieces.flatMap((piece) => inspection.feed(vector.direction, piece));
  lines.push(...inspection.finish(vector.direction));
  const output = inspection.output(vector.direction);
  inspection.close();
  return { lines, output };
}

/** What a vector says of its one frame. */
function meaning({ lines }) {
  assert.equal(lines.length, 1);
  const { kind, size, id, outcome, metadata = {}, error } = lines[0];
  assert.equal(error, undefined);
  return { kind, size, id, metadata, ...(outcome && { outcome }) };
}

for (const vector of vectors.filter(({ bad }) => !bad)) {
  const bytes = bytesOf(vector);

  test(`${vector.name}: decode`, () => assert.deepEqual(meaning(read(vector)), vector.expect));

  test(`${vector.name}: encode`, () => {
    assert.deepEqual(read(vector).output, bytes, "without a change it goes on as it came");
    for (const key of settable[vector.direction]) {
      const { output } = read(vector, [bytes], { set: { [key]: "changed" } });
      const expected = { ...vector.expect, size: output.length, metadata: { ...vector.expect.metadata, [key]: "changed" } };
      assert.deepEqual(meaning(read(vector, [output])), expected, key);
    }
  });

  test(`${vector.name}: mirror`, () => {
    for (const [key, value] of Object.entries(vector.expect.metadata)) {
      if (!settable[vector.direction].includes(key)) continue;
      assert.deepEqual(read(vector, [bytes], { set: { [key]: value } }).output, bytes, `${key} becomes what it is`);
    }
  });

  test(`${vector.name}: split`, () => {
    const whole = read(vector);
    for (let at = 1; at < bytes.length; at++) assert.deepEqual(read(vector, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
    assert.deepEqual(read(vector, [...bytes].map((byte) => Buffer.from([byte]))), whole, "byte by byte");
    assert.deepEqual(read(vector, [Buffer.concat([bytes, bytes])]).output, Buffer.concat([bytes, bytes]), "twice");
  });

  test(`${vector.name}: with any one byte changed it does no harm`, () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 0xff;
      read(vector, [damaged]);
    }
  });
}

for (const vector of vectors.filter(({ bad }) => bad)) {
  test(`${vector.name}: ${vector.why} is refused`, () => {
    assert.ok(read(vector).lines.some(({ error }) => error));
  });
}

test("an error answers the request that failed, and its own client can read it", () => {
  const inspection = inspector.open("{{name}}"), request = vectors.find(({ bad, direction }) => !bad && direction === "request");
  const [{ id }] = inspection.feed("request", bytesOf(request));
  const [line] = inspection.feed("response", inspection.reply("Denied", "not for you"));
  assert.deepEqual([line.id, line.outcome, line.error], [id, "server", undefined]);
});
