/** A share of `npm run fuzz`, always the same cases; and those that once failed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { buildPoisoned } from "../../harness/build/all.ts";
import { kept, readCase } from "./case.ts";
import { CODECS } from "./config.ts";
import { makeCase } from "./make.ts";
import { play, Refused } from "./play.ts";

/** For each protocol. */
const CASES = 80;
const wasm = readFileSync(await buildPoisoned("tests/guests/everything.ts"));

for (const codec of CODECS) {
  test(`${codec}: ${CASES} random cases: no trap, victims get their answers, what is denied reaches no server, nothing is left`, () => {
    let refused = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      try {
        const why = play(wasm, makeCase(seed, [codec]));
        assert.equal(why, null, `seed ${seed}: ${why}`);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused++;
      }
    }
    assert.ok(refused < CASES / 5, `${refused} of ${CASES} configurations are refused`);
  });
}

for (const path of kept()) {
  test(`${basename(path)} does not come back: ${readCase(path).why?.slice(0, 100)}`, () => {
    const why = play(wasm, readCase(path));
    assert.equal(why, null, `${why}`);
  });
}
