/**
 * Damaged and odd requests, written by the real libraries: what `decode` says of each, behind filters that guard, against what a Java
 * and a Go provider read. Where they differ and we neither refuse nor hide, a rule would hold for another message than the server's.
 * MELTEMI_DIFFERENTIAL_FRAMES and MELTEMI_DIFFERENTIAL_SEED: more of them, or others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { Inspector } from "../../harness/emulator/inspector.ts";
import { type Library, readFrames, writeFrames } from "../../harness/peers/dubbo/frames.ts";
import { Damage } from "./damage.ts";
import { difference, saidOf } from "./dubbo.ts";

const COUNT = Number(process.env.MELTEMI_DIFFERENTIAL_FRAMES ?? 20_000), SEED = Number(process.env.MELTEMI_DIFFERENTIAL_SEED ?? 1);
/** Of each library; damaged frames are made of them. */
const SOUND = 400;
/** Longer ones show no more, and hide a damage more often in what nobody reads. */
const LONGEST = 700;
const HEADER = 16;

const [module] = await buildAll(["dubbo"]);
const sound = new Map<Library, Buffer[]>();
for (const library of ["java", "go"] as const) sound.set(library, split(await writeFrames(library, SOUND, SEED)));

function split(frames: Buffer): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < frames.length;) {
    const end = at + HEADER + frames.readUInt32BE(at + 12);
    all.push(frames.subarray(at, end));
    at = end;
  }
  return all;
}

/** The frame with another body. */
function withBody(frame: Buffer, body: Buffer): Buffer {
  const header = Buffer.from(frame.subarray(0, HEADER));
  header.writeUInt32BE(body.length, 12);
  return Buffer.concat([header, body]);
}

/** All frames, what decode says of each, and where a library reads something else. */
async function compare(frames: Buffer[], library: Library): Promise<{ differences: string[]; read: number; refused: number; agreed: number }> {
  const readings = await readFrames(library, frames), inspector = Inspector.load(module!.wasm);
  assert.equal(readings.length, frames.length);
  const differences: string[] = [];
  let read = 0, refused = 0, agreed = 0;
  for (const [n, frame] of frames.entries()) {
    const reading = readings[n]!;
    if (reading.error !== undefined) continue;
    read++;
    const said = saidOf(inspector, frame);
    if (said === null) {
      refused++;
      continue;
    }
    const differs = difference(said, reading, library);
    if (differs) differences.push(`${differs}: ${frame.toString("hex")}`);
    else agreed++;
  }
  return { differences, read, refused, agreed };
}

for (const writer of ["java", "go"] as const) {
  for (const reader of ["java", "go"] as const) {
    test(`${reader} reads what ${writer} writes: as decode does`, async () => {
      const { differences, read, refused, agreed } = await compare(sound.get(writer)!, reader);
      assert.deepEqual(differences, []);
      assert.equal(refused, 0, "nothing is wrong with them");
      assert.ok(agreed > SOUND / 4 && agreed === read, `${agreed} of ${read}`);
    });
  }
}

for (const reader of ["java", "go"] as const) {
  test(`${COUNT} damaged frames: what ${reader} reads is what decode says, or decode refuses or hides`, async () => {
    const short = [...sound.values()].flat().filter((frame) => frame.length < LONGEST), damage = new Damage(SEED);
    const frames = Array.from({ length: COUNT }, () => {
      const frame = short[damage.below(short.length)]!;
      return withBody(frame, damage.of(frame.subarray(HEADER)));
    });
    const { differences, read, agreed } = await compare(frames, reader);
    assert.deepEqual(differences.slice(0, 5), [], `${differences.length} of ${read}`);
    assert.ok(read > COUNT / 20 && agreed > read / 2, `${read} were readable, ${agreed} agreed`);
  });
}
