import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Direction } from "../../harness/emulator/inspector.ts";

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

/** Bytes that no peer of good will sends, and what they may cost at most (see README.md beside this file). */
export interface BadVector extends Common { bad: true; why: string; costs: "connection" | "message" | "keys" | "time"; hidden?: string[] }

export type Vector = GoodVector | BadVector;

export const isBad = (vector: Vector): vector is BadVector => "bad" in vector;
export const bytesOf = (vector: Vector): Buffer => Buffer.from(vector.hex, "hex");

/** All vectors of a room: one in each .json file below `vectors/`, crashes apart. */
export function vectorsOf(room: string): Vector[] {
  const folder = join(room, "vectors");
  return existsSync(folder) ? files(folder).map(path => JSON.parse(readFileSync(path, "utf8")) as Vector) : [];
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(entry => {
    if (entry.isDirectory()) return entry.name === "crashes" ? [] : files(join(folder, entry.name));
    return entry.name.endsWith(".json") ? [join(folder, entry.name)] : [];
  });
}
