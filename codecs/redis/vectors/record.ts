/**
 * Records the vectors in `recorded/` anew from real Redis peers: node --import tsx codecs/redis/vectors/record.ts
 * Of all that a library's program says, the commands below are kept with their answers. What `expect` says of keys was
 * asked of the server itself (COMMAND GETKEYS), not of a codec.
 */
import { join } from "node:path";
import { type Conversation, type Library, type Reply, RespClient, RespError, RespParser, startRedis, startTap, transcript, Typed, VERSIONS } from "../../../harness/peers/redis/index.ts";
import { moreOf, typedVectors } from "./typed.ts";
import { type Expected, type GoodVector, saveRecorded } from "../../../tests/contract/vectors.ts";

const PASSWORD = "secret";
/** Longer ones say nothing that shorter ones do not. */
const MAX_BYTES = 4096;

/** Commands that say something of the connection itself. */
const SETUP = ["hello", "auth", "select", "client setname", "client setinfo", "client no-evict"];
const KEYED = ["set", "get", "mget", "mset", "del", "incrby", "hset", "hgetall", "hmget", "rpush", "lrange", "lpop", "sadd", "smembers", "zadd", "zrange", "zscore",
  "xadd", "xrange", "xread", "eval", "evalsha", "blpop", "geoadd", "geopos", "object encoding", "memory usage"];
const KEYLESS = ["ping", "echo", "config get", "publish", "subscribe", "dbsize", "flushdb", "nosuch"];
/** Their answers differ from one recording to the next, or are many. */
const REQUEST_ONLY = ["hello", "memory usage", "subscribe"];

interface Exchange { command: string; args: string[]; request: Buffer; reply: Reply; response: Buffer }

/** Commands with their replies, as long as each has one: subscriptions end it. */
function exchanges({ request, response }: Conversation): Exchange[] {
  const requests = split(request), replies = split(response), found: Exchange[] = [];
  for (const [i, { value, bytes }] of requests.entries()) {
    const args = (value as string[]).map(String), reply = replies[i];
    if (!reply) break;
    const command = nameOf(args);
    found.push({ command, args, request: bytes, reply: reply.value, response: reply.bytes });
    if (command.endsWith("subscribe")) break;
  }
  return found;
}

function split(bytes: Buffer): { value: Reply; bytes: Buffer }[] {
  const found: { value: Reply; bytes: Buffer }[] = [];
  let at = 0;
  new RespParser((value, size) => found.push({ value, bytes: bytes.subarray(at, at += size) })).feed(bytes);
  return found;
}

const CONTAINERS = ["client", "config", "object", "memory"];

function nameOf([name, sub]: string[]): string {
  const lower = name!.toLowerCase();
  return CONTAINERS.includes(lower) && sub !== undefined ? `${lower} ${sub.toLowerCase()}` : lower;
}

async function requestFacts({ command, args, request }: Exchange, server: RespClient): Promise<Expected> {
  const [name, subcommand] = command.split(" ");
  const metadata: Record<string, string | string[]> = { command: name!, ...(subcommand ? { subcommand } : {}) };
  const absent = subcommand ? [] : ["subcommand"];
  const keys = KEYED.includes(command) ? await server.call("COMMAND", "GETKEYS", ...args) as string[] : [];
  if (keys.length > 0) metadata.key = keys.length === 1 ? keys[0]! : keys;
  else if (command !== "nosuch") absent.push("key");
  if (command === "publish") metadata.channel = args[1]!;
  else if (command === "subscribe") metadata.channel = args.slice(1);
  else absent.push("channel");
  // HELLO alone only asks
  const setup = SETUP.includes(command) && args.length > 1;
  return { kind: setup ? "Setup" : "Call", size: request.length, expect: "Some", metadata, absent, ...moreOf(name!) };
}

function replyFacts({ reply, response }: Exchange): Expected {
  if (reply instanceof RespError) return { kind: "Call", size: response.length, outcome: "Caller", metadata: { error: reply.message.split(" ")[0]! } };
  return { kind: "Call", size: response.length, outcome: "Ok", absent: ["error"] };
}

/** What one library has said the others need not say again, if only in capitals. */
const known = new Set<string>();

/** The first of each command, and of each kind of answer to it. */
async function pick(library: Library, protocol: 2 | 3, all: Exchange[], server: RespClient): Promise<GoodVector[]> {
  const vectors = new Map<string, GoodVector>();
  for (const exchange of all) {
    const { command, request, reply, response } = exchange;
    if (![...SETUP, ...KEYED, ...KEYLESS].includes(command) || Math.max(request.length, response.length) > MAX_BYTES) continue;
    const name = `${library}-resp${protocol}-${command.replace(" ", "-")}-${kindOf(reply)}`;
    const said = Buffer.concat(REQUEST_ONLY.includes(command) ? [request] : [request, response]).toString("latin1").toLowerCase();
    if (vectors.has(`${name}-request`) || known.has(said)) continue;
    known.add(said);
    const [client, valkey] = [`${VERSIONS[library]} client`, `${VERSIONS.valkey} server`];
    vectors.set(`${name}-request`, {
      name: `${name}-request`, origin: `${client} -> ${valkey}`, direction: "request", expect: await requestFacts(exchange, server), hex: request.toString("hex"),
    });
    if (REQUEST_ONLY.includes(command)) continue;
    vectors.set(`${name}-reply`, {
      name: `${name}-reply`, origin: `${valkey} -> ${client}`, direction: "response", answers: `${name}-request`, expect: replyFacts(exchange), hex: response.toString("hex"),
    });
  }
  return [...vectors.values()];
}

function kindOf(reply: Reply): string {
  if (reply === null) return "null";
  if (reply instanceof RespError) return "error";
  return reply instanceof Typed ? reply.type : Array.isArray(reply) ? "array" : typeof reply;
}

const ROOM = join(import.meta.dirname, "..");
const server = await startRedis({ password: PASSWORD });
const asked = await RespClient.connect(server.port, { password: PASSWORD });
try {
  for (const library of ["node-redis", "ioredis", "redis-py"] satisfies Library[]) {
    const vectors: GoodVector[] = [];
    for (const protocol of [2, 3] as const) {
      const tap = await startTap(server.port);
      await transcript(library, { port: tap.port, protocol, password: PASSWORD, db: 2 });
      vectors.push(...await pick(library, protocol, tap.conversations().flatMap(exchanges), asked));
      await tap.stop();
    }
    saveRecorded(ROOM, library, vectors);
  }
  saveRecorded(ROOM, "typed", await typedVectors(server.port, PASSWORD, `${VERSIONS.valkey} server`));
} finally {
  await asked.close();
  await server.stop();
}
