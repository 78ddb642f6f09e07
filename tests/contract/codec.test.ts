import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { Inspector } from "../../harness/emulator/inspector.ts";
import { survives } from "./bad.ts";
import { fuzz, run, type Case } from "./fuzz.ts";
import { decodes, encodes, mirrors, splits } from "./good.ts";
import { settableKeys } from "./read.ts";
import { crashFiles, openRooms, type Room } from "./rooms.ts";
import { isBad } from "./vectors.ts";

/** Cases for each codec, and where their numbers start. */
const CASES = Number(process.env.MELTEMI_FUZZ_CASES ?? 3000), SEED = Number(process.env.MELTEMI_FUZZ_SEED ?? 1);

const rooms = await openRooms();
for (const room of rooms) describe(room.name, () => contract(room));

function contract(room: Room): void {
  const inspector = Inspector.load(room.wasm);
  let changed = 0;
  it("names of vectors are unique", () => {
    const names = room.vectors.map(({ name }) => name);
    assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
  });
  for (const vector of room.vectors) {
    if (isBad(vector)) {
      it(`${vector.name}: ${vector.why}, costs at most ${vector.costs === "message" ? "the message" : `the ${vector.costs}`}`, () => survives(inspector, room, vector));
      continue;
    }
    it(`${vector.name}: decode`, () => decodes(inspector, room, vector));
    it(`${vector.name}: encode`, () => { changed += encodes(inspector, room, vector); });
    it(`${vector.name}: mirror`, () => mirrors(inspector, room, vector));
    it(`${vector.name}: split`, () => splits(inspector, room, vector));
  }
  for (const path of crashFiles(room)) {
    it(`crash ${basename(path)} does not come back`, () => {
      assert.equal(run(Inspector.load(room.wasm), room, JSON.parse(readFileSync(path, "utf8")) as Case), null);
    });
  }
  it(`${CASES} damaged conversations, seed ${SEED}`, () => assert.equal(fuzz(room, CASES, SEED), null));
  it("some vector shows that keys can be changed", () => {
    const settable = [...settableKeys(room, "request"), ...settableKeys(room, "response")];
    assert.ok(settable.length === 0 || changed > 0, `none shows that ${settable.join(", ")} can be`);
  });
}
