import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Inspector, type Changes, type Direction } from "../../harness/emulator/inspector.ts";
import { damage, Random } from "./damage.ts";
import { keysOf, settableKeys } from "./read.ts";
import type { Room } from "./rooms.ts";
import { bytesOf } from "./vectors.ts";

/** Everything that a case does, so that a file with it can be replayed. */
export interface Case { keys: string[]; changes: Partial<Record<Direction, Changes>>; pieces: { direction: Direction; hex: string }[] }

/** A case that takes longer is as bad as a trap: the worker would stand still. */
const MAX_MS = 2000;
/** Memory that a module may take in a whole run, bytes: more is a leak or a length that was believed. */
const MAX_MEMORY = 256 << 20;

/** Runs cases made from a room's vectors. Returns what went wrong with the first one, and keeps that one as a file. */
export function fuzz(room: Room, cases: number, seed: number): string | null {
  const random = new Random(seed), inspector = Inspector.load(room.wasm);
  for (let i = 0; i < cases; i++) {
    const one = make(room, random), wrong = run(inspector, room, one);
    if (wrong !== null) return `case ${i} of seed ${seed}: ${wrong}; kept as ${keep(room, one, wrong)}`;
  }
  return null;
}

/** null, or what went wrong. */
export function run(inspector: Inspector, room: Room, { keys, changes, pieces }: Case): string | null {
  const start = performance.now();
  try {
    const inspection = inspector.open(room.name);
    for (const direction of ["request", "response"] as const) {
      for (const key of keys) inspection.want(key, direction);
      const change = changes[direction];
      if (change) inspection.mutate(direction, change);
    }
    for (const { direction, hex } of pieces) inspection.feed(direction, Buffer.from(hex, "hex"));
    for (const reason of ["Denied", "NoHealthyUpstream"] as const) inspection.reply(reason, "fuzz");
    inspection.cancel();
    inspection.carrier();
    inspection.close();
  } catch (error) {
    return String(error);
  }
  const ms = performance.now() - start;
  if (ms > MAX_MS) return `it took ${Math.round(ms)} ms`;
  return inspector.memoryBytes() > MAX_MEMORY ? `the module's memory is ${inspector.memoryBytes()} bytes` : null;
}

function make(room: Room, random: Random): Case {
  const pieces: Case["pieces"] = [], keys = new Set<string>(), changes: Case["changes"] = {};
  for (let messages = 1 + random.below(3); messages > 0; messages--) {
    const vector = random.pick(room.vectors);
    for (const key of keysOf(vector)) if (random.below(2) === 0) keys.add(key);
    const direction = random.below(20) === 0 ? random.pick(["request", "response"] as const) : vector.direction;
    const bytes = damage(bytesOf(vector), room.vectors, random);
    for (let at = 0; at < bytes.length;) {
      const length = random.below(3) === 0 ? 1 + random.below(32) : bytes.length;
      pieces.push({ direction, hex: bytes.subarray(at, at += length).toString("hex") });
    }
  }
  for (const direction of ["request", "response"] as const) {
    const settable = settableKeys(room, direction);
    if (settable.length > 0 && random.below(3) === 0) changes[direction] = { set: { [random.pick(settable)]: "v".repeat(random.below(300)) } };
  }
  return { keys: [...keys], changes, pieces };
}

function keep(room: Room, one: Case, why: string): string {
  const text = `${JSON.stringify({ why, ...one }, null, 2)}\n`, folder = join(room.folder, "vectors/crashes");
  const path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 12)}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}
