import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";

export type Line = Record<string, unknown>;

const STOP_MS = 5000;
const LOG_BYTES = 1 << 20;

/**
 * A child that writes one JSON object a line: first `{"ready":true}`, then an answer to each command, with its id. It
 * ends when its standard input does, and so never outlives this process.
 */
export class LineProcess {
  private lastId = 0;
  private logged = "";
  private ended: string | undefined;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<unknown, { resolve(line: Line): void; reject(error: Error): void }>();

  constructor(private readonly name: string, command: string, args: string[], env: Record<string, string> = {}) {
    this.child = spawn(command, args, { env: { ...process.env, ...env } });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => this.keep(text));
    createInterface(this.child.stdout).on("line", (text) => this.take(text));
    this.child.stdin.on("error", (error) => this.keep(`${error.message}\n`));
    this.child.once("error", (error) => this.end(`cannot start: ${error.message}`));
    this.child.once("close", (code, signal) => this.end(`ended with ${signal ?? `exit code ${code}`}`));
  }

  /** What it wrote to standard error. */
  log(): string { return this.logged; }

  get pid(): number { return this.child.pid!; }

  signal(signal: NodeJS.Signals): void { this.child.kill(signal); }

  /** The line that says it is ready; an Error with the log's end when it ends or time is up, and then it is gone. */
  async ready(ms: number): Promise<Line> {
    try {
      return await this.answer("ready", ms);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  command(fields: object, ms: number): Promise<Line> {
    const id = ++this.lastId;
    const answer = this.answer(id, ms);
    this.child.stdin.write(`${JSON.stringify({ id, ...fields })}\n`);
    return answer;
  }

  /** Resolves when it has ended; one that does not end by itself is killed. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const gone = new Promise<void>((resolve) => {
      if (this.ended !== undefined) resolve();
      else this.child.once("close", () => resolve());
    });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  private answer(id: unknown, ms: number): Promise<Line> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${this.name}: ${why}\n${this.logged.slice(-4000)}`));
      if (this.ended !== undefined) return fail(this.ended);
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        fail(`no answer to ${String(id)} after ${ms / 1000} s`);
      }, ms);
      this.waiting.set(id, {
        resolve: (line) => { clearTimeout(timer); resolve(line); },
        reject: (error) => { clearTimeout(timer); fail(error.message); },
      });
    });
  }

  private take(text: string): void {
    const line = JSON.parse(text) as Line;
    const id = line.ready === true ? "ready" : line.id;
    this.waiting.get(id)?.resolve(line);
    this.waiting.delete(id);
  }

  private keep(text: string): void { this.logged = (this.logged + text).slice(-LOG_BYTES); }

  private end(why: string): void {
    this.ended ??= why;
    for (const each of this.waiting.values()) each.reject(new Error(why));
    this.waiting.clear();
  }
}
