/** What a case is: everything that is done to one VM, so that a file with it can be replayed. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../harness/tools/paths.ts";

/** `on`: which of the attackers' connections; one that has ended is opened anew. `cuts`: lengths of the pieces in turn, again and again. */
export type Step =
  | { do: "client"; on: number; hex: string; cuts: number[]; end?: true }
  | { do: "server"; on: number; lane: number; hex: string; cuts: number[] }
  | { do: "lane"; on: number; lane: number; what: LaneEvent }
  | { do: "drain"; on: number }
  | { do: "close"; on: number }
  | { do: "tick"; ms: number }
  /** An answer to the HTTP call that waits longest; no status: it was reset. */
  | { do: "http"; headers: [string, string][]; body: string }
  /** An answer to the question to a rate limit service that waits longest, or the code of its failure. */
  | { do: "grpc"; hex: string; code: number }
  /** The control plane gives another configuration. */
  | { do: "update"; config: object }
  /** The victims ask, or their servers answer. */
  | { do: "ask" } | { do: "answer" };

export type LaneEvent = "accept" | "end" | "abort" | "refuse" | "overflow" | "unknown" | "flood" | "stop" | "resume";

export interface Case {
  /** What went wrong, in a file. */
  why?: string;
  codec: string;
  upstream: "lanes" | "inline";
  /** The configuration denies everything: nothing of what clients send may reach a server. */
  denies: boolean;
  config: object;
  /** Pages that the module's memory may grow by, once it is configured; absent: as many as it wants. */
  pages?: number;
  /** Objects that rest in each pool before the first of them is used again; absent: 64. */
  rest?: number;
  steps: Step[];
}

const KEPT = join(ROOT, "tests/fuzz/crashes");

/** Writes a case to a file; its path. */
export function keep(one: Case, why: string): string {
  const text = `${JSON.stringify({ ...one, why }, null, 1)}\n`;
  const path = join(KEPT, `${one.codec}-${one.upstream}-${createHash("sha256").update(text).digest("hex").slice(0, 10)}.json`);
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(path, text);
  return path;
}

export const kept = (): string[] => (existsSync(KEPT) ? readdirSync(KEPT).filter((name) => name.endsWith(".json")).sort().map((name) => join(KEPT, name)) : []);
export const readCase = (path: string): Case => JSON.parse(readFileSync(path, "utf8")) as Case;
