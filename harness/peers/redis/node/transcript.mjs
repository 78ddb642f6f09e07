import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** What the programs beside this file are told. */
export function options() {
  const names = ["modules", "port", "protocol", "password", "db"];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
  const load = createRequire(join(values.modules, "package.json"));
  return { load, port: Number(values.port), protocol: Number(values.protocol), password: values.password, db: Number(values.db ?? 0) };
}

const STEP_MS = 15_000;

/** Writes what each step gave, in order, as one line of JSON. */
export class Transcript {
  steps = [];

  async step(name, work) {
    // without an end there is no sense in what would come after it
    const timer = setTimeout(() => this.giveUp(name), STEP_MS);
    const value = await work().then(plain, (error) => ({ error: error.message }));
    clearTimeout(timer);
    this.steps.push([name, value]);
  }

  giveUp(name) {
    this.steps.push([name, { error: `no end after ${STEP_MS / 1000} s` }]);
    this.print();
    process.exit();
  }

  print() { process.stdout.write(`${JSON.stringify(this.steps)}\n`); }
}

/** What JSON cannot tell apart by itself. */
function plain(value) {
  if (value === undefined) return { undefined: true };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (value instanceof Error) return { error: value.message };
  if (Buffer.isBuffer(value)) return { hex: value.toString("hex") };
  if (value instanceof Map) return { map: plain([...value]) };
  if (value instanceof Set) return { set: plain([...value]) };
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return value;
}

/** The fields of CLIENT INFO that say what a connection has said about itself. */
export function saidOfItself(info) {
  const fields = Object.fromEntries(info.trim().split(" ").map((field) => field.split("=")));
  return { name: fields.name, db: fields.db, resp: fields.resp, user: fields.user, lib: fields["lib-name"] };
}

/** Resolves with the first `count` values that `listen` hands over. */
export function gather(count, listen) {
  return new Promise((resolve) => {
    const values = [];
    listen((...value) => { if (values.push(value) === count) resolve(values); });
  });
}

export const BINARY = Buffer.from([0, 13, 10, 255, 42, 36]);
export const WHO_SPEAKS = "return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1]), 7, {ok='FINE'}}";
