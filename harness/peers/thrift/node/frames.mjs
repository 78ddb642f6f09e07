/** Runs what others wrote, in memory: which methods the library's server runs of a client's bytes, with which arguments. */
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { stack, thrift } from "./library.mjs";
import { METHODS, Processor } from "./demo.mjs";

let ran = [];

const recorder = new Proxy({}, { get: (_, method) => (...values) => {
  ran.push({ service: "", method, args: Object.fromEntries(METHODS[method].names.map((name, i) => [name, values[i]])) });
} });

const server = thrift.createMultiplexServer(new Processor(recorder), { ...stack, maxLength: 0x3fffffff });
server.on("error", () => undefined);

/** A client's connection as the library sees it. */
class Connection extends EventEmitter {
  ended = false;
  write() { return true; }
  end() { this.ended = true; }
}

async function run(content) {
  ran = [];
  const connection = new Connection();
  server.emit("connection", connection);
  connection.emit("data", Buffer.from(content, "hex"));
  connection.emit("end");
  // Handlers run in promises.
  await setImmediate();
  return ran;
}

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
createInterface(process.stdin).on("line", async (line) => {
  const command = JSON.parse(line), done = [];
  for (const content of command.run) done.push(await run(content));
  write({ id: command.id, ok: true, done });
}).on("close", () => process.exit(0));
write({ ready: true });
