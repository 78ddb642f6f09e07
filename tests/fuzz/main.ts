/** `npm run fuzz -- [--minutes N] [--seed N] [--codec NAME] [--jobs N] | --replay FILE`: random cases until the time is over; what fails is kept. */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPoisoned } from "../../harness/build/all.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { shown, Trouble } from "../../harness/tools/progress.ts";
import { keep, readCase } from "./case.ts";
import { CODECS } from "./config.ts";
import { makeCase } from "./make.ts";
import { play } from "./play.ts";
import type { Told } from "./worker.ts";

const USAGE = "usage: npm run fuzz -- [--minutes N] [--seed N] [--codec NAME] [--jobs N] | --replay FILE";
const GUEST = "tests/guests/everything.ts";
/** A case that takes longer does not end. */
const STUCK_MS = 120_000;

interface Options { minutes: number; seed: number; codec?: string; jobs: number; replay?: string }

function options(args: string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { minutes: text, seed: text, codec: text, jobs: text, replay: text, help: { type: "boolean" } } });
  if (values.help) throw new Trouble(USAGE);
  const number = (name: "minutes" | "seed" | "jobs", fallback: number): number => {
    const found = values[name], value = found === undefined ? fallback : Number(found);
    if (!(value > 0)) throw new Trouble(`--${name}: found ${found}, allowed is a number above 0\n${USAGE}`);
    return value;
  };
  if (values.codec !== undefined && !CODECS.includes(values.codec)) throw new Trouble(`--codec: found ${values.codec}, allowed: ${CODECS.join(", ")}`);
  return { minutes: number("minutes", 10), seed: number("seed", 1), jobs: number("jobs", availableParallelism()), codec: values.codec, replay: values.replay };
}

/** All cases of a run, and what came of them. */
class Run {
  private readonly end: number;
  private next: number;
  private readonly counts = { good: 0, refused: 0, bad: 0 };
  private readonly kinds = new Map<string, number>();

  constructor(private readonly wasm: string, private readonly options: Options) {
    this.next = options.seed;
    this.end = Date.now() + options.minutes * 60_000;
  }

  async all(): Promise<boolean> {
    await Promise.all(Array.from({ length: this.options.jobs }, () => this.work()));
    const { good, refused, bad } = this.counts;
    process.stdout.write(`seeds ${this.options.seed} to ${this.next - 1}: ${good} good, ${refused} configurations refused, ${bad} bad\n`);
    for (const [kind, times] of this.kinds) process.stdout.write(`  ${times} times: ${kind.slice(0, 300)}\n`);
    return bad === 0;
  }

  /** One process after the other: one that is stuck is ended. */
  private async work(): Promise<void> {
    while (Date.now() < this.end) await this.process();
  }

  private process(): Promise<void> {
    const { codec } = this.options;
    const child = fork(join(ROOT, "tests/fuzz/worker.ts"), [this.wasm, ...(codec === undefined ? [] : [codec])], { execArgv: ["--import", "tsx"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    return new Promise((resolve) => {
      let seed = 0, watch: NodeJS.Timeout | undefined;
      const give = (): void => {
        clearTimeout(watch);
        if (Date.now() >= this.end) return void child.disconnect();
        seed = this.next++;
        watch = setTimeout(() => child.kill("SIGKILL"), STUCK_MS);
        child.send(seed);
      };
      child.on("message", (told: Told) => {
        this.take(told);
        give();
      });
      child.on("exit", (code) => {
        clearTimeout(watch);
        if (code !== 0) this.lost(seed);
        resolve();
      });
      give();
    });
  }

  private take({ seed, outcome, why, kind, path }: Told): void {
    this.counts[outcome]++;
    if (outcome !== "bad") return;
    this.kinds.set(kind!, (this.kinds.get(kind!) ?? 0) + 1);
    if (this.kinds.get(kind!) === 1) process.stdout.write(`seed ${seed}: ${why?.slice(0, 500)}\n  kept as ${path}\n`);
  }

  /** The process ended in the middle of a case, or had to be. */
  private lost(seed: number): void {
    const one = makeCase(seed, this.options.codec === undefined ? undefined : [this.options.codec]), why = "it does not end, or ended the process";
    this.take({ seed, outcome: "bad", why, kind: why, path: keep(one, why) });
  }
}

async function main(): Promise<void> {
  const chosen = options(process.argv.slice(2)), wasm = await buildPoisoned(GUEST);
  if (chosen.replay !== undefined) {
    const why = play(readFileSync(wasm), readCase(chosen.replay));
    process.stdout.write(`${why ?? "good"}\n`);
    process.exitCode = why === null ? 0 : 1;
    return;
  }
  if (!(await new Run(wasm, chosen).all())) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${shown(error)}\n`);
  process.exitCode = 1;
});
