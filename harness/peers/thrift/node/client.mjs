/** A Demo client. Connects with the first call, and again after its connection broke; calls of a pipeline are in flight together. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { COMPACT, header, options, stack, thrift } from "./library.mjs";
import { Client } from "./demo.mjs";

const TIMEOUT_MS = 10_000;

let open;

/** A connection and the client on it; all calls that wait fail when it breaks. */
function connected() {
  if (open) return open;
  const connection = thrift.createConnection("127.0.0.1", Number(options.port), stack);
  const client = options.service
    ? new thrift.Multiplexer().createClient(options.service, Client, connection)
    : thrift.createClient(Client, connection);
  const mine = { connection, client };
  const broken = (error) => {
    if (open === mine) open = undefined;
    for (const [id, callback] of Object.entries(client._reqs)) {
      delete client._reqs[id];
      callback(error);
    }
    connection.destroy();
  };
  connection.on("error", broken).on("close", () => broken(new Error("the connection was closed")));
  return (open = mine);
}

const PERIOD = Buffer.from(Array.from({ length: 251 }, (_, i) => i));
const pattern = (size) => Buffer.alloc(size, PERIOD);

function shown(method, value) {
  return method === "blob" ? `${value.length}:${createHash("sha256").update(value).digest("hex").slice(0, 16)}` : value;
}

async function call({ method, args = [], headers = {}, oneway, timeout = TIMEOUT_MS }) {
  const { client } = connected();
  const prepare = (out) => {
    if (!header) return;
    out.trans.setProtocolId(options.protocol === "compact" ? COMPACT : 0);
    out.setProtocol();
    out.trans.clearWriteHeaders();
    for (const [key, value] of Object.entries(headers)) out.trans.setWriteHeader(key, value);
  };
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no reply after ${timeout} ms`)), timeout)));
  try {
    const values = method === "blob" ? [pattern(args[0])] : args;
    return { ok: true, value: shown(method, await Promise.race([client.call(method, values, { oneway, prepare }), late])) };
  } catch (error) {
    return { ok: false, class: error.name, error: error.message, type: error.type };
  } finally {
    clearTimeout(timer);
  }
}

const numbered = (value, n) => JSON.parse(JSON.stringify(value).replaceAll("{n}", String(n)));

async function many({ count, calls }) {
  const results = {}, errors = {}, start = Date.now();
  for (let n = 0; n < count; n++) {
    const answer = await call(numbered(calls[n % calls.length], n));
    const [counts, key] = answer.ok ? [results, String(answer.value)] : [errors, `${answer.class}: ${answer.error}`];
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return { ok: true, results, errors, millis: Date.now() - start };
}

async function answer(command) {
  if (command.pipeline) return { ok: true, answers: await Promise.all(command.pipeline.map((each, n) => call(numbered(each, n)))) };
  return command.count ? many(command) : call(command);
}

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
createInterface(process.stdin).on("line", (line) => {
  const command = JSON.parse(line);
  void answer(command).then((result) => write({ ...result, id: command.id }));
}).on("close", () => process.exit(0));
write({ ready: true });
