import { parseArgs } from "node:util";
import { Trouble } from "../tools/progress.ts";
import { SUITES, type Suite } from "./suites.ts";

export interface Selection {
  suites: Suite[];
  /** Only files whose path contains one of these; empty: all. */
  patterns: string[];
  /** Only tests whose name matches; the regular expression's source. */
  name?: string;
  /** Files at the same time; undefined: as each suite says. */
  jobs?: number;
  /** One of several equal parts of all files, from 0: for runs on several machines. */
  shard?: { index: number; of: number };
  /** Where results go as JUnit XML. */
  junit?: string;
}

export const USAGE = `usage: npm test -- [build|unit|emulator|contract|peers|e2e ...] [part of a file's path ...] [--name REGEXP] [--jobs N] [--shard I/N] [--junit FILE]`;

export function selection(args: string[]): Selection {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true, options: { name: { type: "string" }, jobs: { type: "string" }, shard: { type: "string" }, junit: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) throw new Trouble(USAGE);
  const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs > 0)) throw new Trouble(`--jobs: found ${values.jobs}, allowed is a number from 1 on`);
  const named = SUITES.filter(({ name }) => positionals.includes(name));
  const patterns = positionals.filter((word) => !SUITES.some(({ name }) => name === word));
  const chosen = named.length > 0 ? named : SUITES;
  const matches = (file: string): boolean => patterns.length === 0 || patterns.some((part) => file.includes(part));
  // end to end all modules must be there; other tests build what they use
  const building = named.some(({ runner }) => runner === "build") || chosen.some(({ live, files }) => live && files().some(matches));
  const suites = SUITES.filter((suite) => suite.runner === "build" ? building : chosen.includes(suite));
  return { suites, patterns, name: values.name, jobs, shard: shardOf(values.shard), junit: values.junit };
}

function shardOf(text: string | undefined): Selection["shard"] {
  if (text === undefined) return undefined;
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > of) throw new Trouble(`--shard: found ${text}, allowed is I/N with I from 1 to N, such as 1/2`);
  return { index: index - 1, of };
}
