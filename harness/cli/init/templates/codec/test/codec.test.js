import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Inspector } from "meltemi/inspector";

const vectors = readdirSync("vectors").map((name) => JSON.parse(readFileSync(`vectors/${name}`, "utf8")));
const bytesOf = (vector) => Buffer.from(vector.hex, "hex");

/** What the codec says of bytes that come in these pieces, and what goes on. */
function read(vector, pieces) {
  const inspection = Inspector.load("build/{{name}}.wasm").open("{{name}}");
  const request = vectors.find(({ name }) => name === vector.answers);
  if (request) inspection.feed("request", bytesOf(request));
  const lines = pieces.flatMap((piece) => inspection.feed(vector.direction, piece));
  lines.push(...inspection.finish(vector.direction));
  return { lines, output: inspection.output(vector.direction) };
}

for (const vector of vectors.filter(({ bad }) => !bad)) {
  const bytes = bytesOf(vector);

  test(`${vector.name}: it is read, and goes on as it came`, () => {
    const { lines, output } = read(vector, [bytes]);
    assert.equal(lines.length, 1);
    const { kind, size, id, outcome, metadata } = lines[0];
    assert.deepEqual({ kind, size, id, metadata, ...(outcome && { outcome }) }, vector.expect);
    assert.deepEqual(output, bytes);
  });

  test(`${vector.name}: cut at any byte it is the same`, () => {
    const { lines } = read(vector, [bytes]);
    for (let at = 1; at < bytes.length; at++) assert.deepEqual(read(vector, [bytes.subarray(0, at), bytes.subarray(at)]).lines, lines, `cut at ${at}`);
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
    assert.ok(read(vector, [bytesOf(vector)]).lines.some(({ error }) => error));
  });
}
