import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { command, LIBRARIES, redisBenchmark, redisCli, RespClient, RespError, RespParser, startRedis, transcript, Typed, type RedisServer, type Reply } from "./index.ts";

const SETUP_MS = 1_000_000;
const PASSWORD = "secret";

let valkey: RedisServer, redis: RedisServer;

before(async () => {
  valkey = await startRedis({ password: PASSWORD });
  redis = await startRedis({ kind: "redis" });
}, { timeout: SETUP_MS });

after(async () => { await Promise.all([valkey?.stop(), redis?.stop()]); });

test("every library goes through its program in both protocols, and knows which it spoke", async () => {
  for (const library of LIBRARIES) {
    for (const protocol of [2, 3] as const) {
      const steps = new Map(await transcript(library, { port: valkey.port, protocol, password: PASSWORD, db: 2 }));
      const said = steps.get("client info") as { resp: unknown; db: unknown; name: unknown };
      assert.deepEqual([Number(said.resp), String(said.db)], [protocol, "2"], library);
      assert.doesNotMatch(JSON.stringify([...steps]), /no end after/, library);
      assert.equal((steps.get("scan") as string[]).length, 1000);
    }
  }
});

test("every type of RESP3, as the server writes it, cut at every byte", async () => {
  const types = ["string", "integer", "double", "null", "array", "set", "map", "attrib", "verbatim", "true", "false", "bignum"];
  const client = await RespClient.connect(valkey.port, { resp3: true, password: PASSWORD });
  const pieces: Buffer[] = [];
  client.socket.on("data", (piece: Buffer) => pieces.push(piece));
  const replies = await client.pipeline(types.map((type) => ["DEBUG", "PROTOCOL", type]));
  await client.close();
  const typed = replies.flatMap((reply) => reply instanceof Typed ? [reply.type] : []);
  assert.deepEqual(typed, ["double", "set", "map", "attribute", "verbatim", "big"]);
  const again: Reply[] = [], parser = new RespParser((reply) => again.push(reply));
  for (const byte of Buffer.concat(pieces)) parser.feed(Buffer.of(byte));
  assert.deepEqual(again, replies);
});

test("Redis 6 and its tools", async () => {
  const client = await RespClient.connect(redis.port);
  assert.match(String(await client.call("INFO", "server")), /redis_version:6\.2\.14/);
  assert.deepEqual(await client.pipeline([["SET", "k", "v"], ["LPOP", "k"]]), ["OK", new RespError("WRONGTYPE Operation against a key holding the wrong kind of value")]);
  await client.close();
  assert.equal(await redisCli({ port: redis.port, resp3: true }, ["hset h f 1", "hgetall h", "get none"]), '(integer) 1\n1# "f" => "1"\n(nil)\n');
  const rates = await redisBenchmark({ port: redis.port, requests: 200, clients: 2, tests: ["set", "get"] });
  assert.deepEqual([...rates.keys()], ["SET", "GET"]);
  await assert.rejects(redisBenchmark({ port: valkey.port, requests: 10, tests: ["set"] }), /NOAUTH/);
});

test("a command is an array of bulk strings", () => {
  assert.equal(command("SET", "ü", Buffer.of(13, 10)).toString(), "*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$2\r\n\r\n\r\n");
});
