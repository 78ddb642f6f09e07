import { parseArgs } from "node:util";
import { Trouble } from "../harness/tools/progress.ts";

const USAGE = `usage: npm run bench -- [growth] [--quick] [--only TEXT]... [--proxy TEXT]... [--wasm FILE]... [--against FILE]... [--rounds N] [--seconds S]
  growth          cost by connections, rules, bodies and workers; memory of idle connections, and after
                  ten million requests; what a start takes
  --quick         a few points, in under two minutes
  --check         fails where Meltemi costs more, beside the other proxies, than even a busy machine explains
  --only TEXT     points whose name has it, such as "redis"; of several texts with commas between them all
  --proxy TEXT    proxies whose name has it, such as "lanes"; tcp_proxy always runs
  --wasm FILE     a module in the place of the one in build/
  --against FILE  Meltemi once more with this module, beside the others
  --rounds, --seconds  how often each proxy has its turn at a point, and how long`;

export interface Options {
  growth: boolean;
  quick: boolean;
  check: boolean;
  /** Whether a point of this name is wanted. */
  wanted(name: string): boolean;
  /** All points, all proxies, the modules that ship. */
  whole: boolean;
  proxy: string[];
  wasm: string[];
  against: string[];
  rounds?: number;
  seconds?: number;
}

const many = { type: "string", multiple: true, default: [] as string[] } as const;

export function options(args?: string[]): Options {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: {
    quick: { type: "boolean", default: false }, check: { type: "boolean", default: false }, only: many, proxy: many, wasm: many, against: many,
    rounds: { type: "string" }, seconds: { type: "string" }, help: { type: "boolean" },
  } });
  const other = positionals.find((word) => word !== "growth");
  if (values.help || other !== undefined) throw new Trouble(USAGE);
  const { quick, check, only, proxy, wasm, against } = values;
  const wanted = (name: string): boolean => only.length === 0 || only.some((texts) => texts.split(",").every((text) => name.includes(text.trim())));
  return {
    growth: positionals.length > 0, quick, check, proxy, wasm, against, wanted, rounds: positive("rounds", values.rounds), seconds: positive("seconds", values.seconds),
    whole: !quick && [only, proxy, wasm, against].every((list) => list.length === 0),
  };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw new Trouble(`--${name}: found ${text}, allowed is a number above 0`);
  return Number(text);
}
