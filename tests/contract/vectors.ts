import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Direction } from "../../harness/emulator/inspector.ts";
import { ROOT } from "../../harness/tools/paths.ts";

/**
 * What a vector says of its frame; names of enums in any case. A field that is not there is not compared, except that
 * metadata keys must be exactly what is said of them. Fields of a protocol's own are for its room.
 */
export interface Expected {
  kind: string;
  size: number;
  head?: number;
  key?: string;
  expect?: string;
  order?: string;
  pin?: string;
  unpin?: true;
  safe?: true;
  wait?: number;
  last?: boolean;
  outcome?: string;
  code?: number;
  draining?: true;
  metadata?: Record<string, string | string[]>;
  /** Keys that may be there and cannot be read. */
  hidden?: string[];
  /** Keys of `metadata` that a codec may hide instead, and why. */
  mayHide?: Record<string, string>;
  absent?: string[];
  /** Keys that may have values beyond those that the message names; all others may not. */
  more?: string[];
}

/** guarded: read as behind filters that close doors. */
interface Common { name: string; direction: Direction; options?: object; guarded?: true; hex: string }

/** A frame from somebody else's client or server. */
export interface GoodVector extends Common { origin: string; expect: Expected; answers?: string }

export type Cost = "connection" | "message" | "keys" | "time" | "any";

/** Bytes that no peer of good will sends, and what they may cost at most (see README.md beside this file). */
export interface BadVector extends Common { bad: true; why: string; costs: Cost; hidden?: string[] }

export type Vector = GoodVector | BadVector;

export const isBad = (vector: Vector): vector is BadVector => "bad" in vector;
export const bytesOf = (vector: Vector): Buffer => Buffer.from(vector.hex, "hex");

/** All vectors of a room: those that its `vectors/made.ts` makes, then those that were recorded. */
export async function vectorsOf(room: string): Promise<Vector[]> {
  const maker = join(room, "vectors/made.ts");
  const made = existsSync(maker) ? (await import(pathToFileURL(maker).href) as { made: () => Vector[] }).made() : [];
  return [...made, ...recordedOf(room)];
}

/** The vectors in `vectors/recorded/`: a file for each peer, a vector in each line. */
export function recordedOf(room: string): GoodVector[] {
  const folder = join(room, "vectors/recorded");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().flatMap((file) => readFileSync(join(folder, file), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as GoodVector));
}

/** Replaces what was recorded of a peer, so that no vector outlives its recording; by name, so that a new recording shows what has changed. */
export function saveRecorded(room: string, peer: string, vectors: readonly Omit<GoodVector, "expect">[]): void {
  const folder = join(room, "vectors/recorded"), byName = [...vectors].sort((a, b) => (a.name < b.name ? -1 : 1));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${peer}.jsonl`), byName.map((vector) => `${JSON.stringify(vector)}\n`).join(""));
  console.log(`${peer}: ${vectors.length} vectors recorded`);
}

/** The bytes of a recorded vector of a codec that ships. */
export function recordedBytes(codec: string, name: string): Buffer {
  const found = recordedOf(join(ROOT, "codecs", codec)).find((vector) => vector.name === name);
  if (!found) throw new Error(`${codec}: no recorded vector is called ${name}`);
  return bytesOf(found);
}
