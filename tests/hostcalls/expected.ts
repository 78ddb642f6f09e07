/** What was seen of each case on the real Envoy, recorded by `record.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Transcript } from "./case.ts";

const FILE = join(import.meta.dirname, "expected.json");

export function expected(): Record<string, Transcript> { return JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Transcript>; }

/** A line for each line of the log, so that a change of it can be read. */
export function write(transcripts: Record<string, Transcript>): void { writeFileSync(FILE, `${JSON.stringify(transcripts, null, 1)}\n`); }

/** As it looks after writing and reading: undefined is nothing. */
export function plain({ lines, seen, served }: Transcript): Transcript { return JSON.parse(JSON.stringify({ lines, seen: seen ?? null, served })) as Transcript; }
