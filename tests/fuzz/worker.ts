/** A process that plays cases: it is told their numbers, and tells how each went. */
import { readFileSync } from "node:fs";
import { keep } from "./case.ts";
import { makeCase } from "./make.ts";
import { kindOf, minimize } from "./minimize.ts";
import { play, Refused } from "./play.ts";

export interface Told { seed: number; outcome: "good" | "refused" | "bad"; why?: string; kind?: string; path?: string }

const [wasmFile, ...codecs] = process.argv.slice(2);
const wasm = readFileSync(wasmFile!), known = new Set<string>();

function played(seed: number): Told {
  const one = makeCase(seed, codecs.length > 0 ? codecs : undefined);
  try {
    const why = play(wasm, one);
    if (why === null) return { seed, outcome: "good" };
    const kind = kindOf(why), isNew = !known.has(kind);
    known.add(kind);
    return { seed, outcome: "bad", why, kind, ...(isNew ? { path: keep(minimize(wasm, one, why), why) } : {}) };
  } catch (error) {
    if (error instanceof Refused) return { seed, outcome: "refused", why: error.message };
    throw error;
  }
}

process.on("message", (seed: number) => process.send!(played(seed)));
process.on("disconnect", () => process.exit(0));
