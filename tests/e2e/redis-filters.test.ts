/** Filters that hold and refuse Redis commands: nothing is overtaken, and no transaction runs by halves. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../harness/peers/redis/index.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

let wasm: string;
const HELD_MS = 200;

let server: RedisServer, mesh: Mesh, direct: RespClient, client: RespClient;

before(async () => {
  wasm = await buildGuest("tests/guests/hold.ts");
  server = await startRedis();
  direct = await RespClient.connect(server.port);
  const refuse = (command: string): object => ({ name: "hold", config: { key: "command", value: command, ms: 1, refuse: true } });
  const filters = [
    { name: "hold", config: { key: "key", value: "held", ms: HELD_MS } },
    { name: "hold", config: { key: "key", value: "denied", ms: 1, refuse: true } },
    refuse("flushall"),
  ];
  mesh = await startMesh(["cache", "ends"].map((name) => serviceEntry(`${name}.example`, `tcp-redis-${name}`, [[server.port]])).join("\n---\n"), {
    wasm, plugin: (configuration) => ({ ...configuration, filters: configuration.service === "ends.example" ? [refuse("exec"), refuse("discard")] : filters }),
  });
  client = await RespClient.connect(mesh.ports[0]!);
});

after(async () => {
  await Promise.allSettled([client?.close(), direct?.close(), mesh?.envoy.stop()]);
  await server?.stop();
});

const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

test("a SET is held: the GET behind it does not overtake it, other connections are not held", async () => {
  await direct.call("SET", "held", "old");
  const start = Date.now();
  const all = client.pipeline([["GET", "k"], ["SET", "held", "new"], ["GET", "held"], ["PING"]]);
  const other = await RespClient.connect(mesh.ports[0]!);
  assert.equal(await other.call("PING"), "PONG");
  assert.ok(Date.now() - start < HELD_MS);
  assert.equal(await direct.call("GET", "held"), "old");
  assert.deepEqual(await all, [null, "OK", "new", "PONG"]);
  assert.ok(Date.now() - start >= HELD_MS);
  await other.close();
});

test("held commands among free ones on one connection: every reply is its own", async () => {
  const busy = await RespClient.connect(mesh.ports[0]!);
  await direct.call("DEL", "n");
  for (let round = 0; round < 5; round++) {
    const commands = Array.from({ length: 100 }, (_, i) => i === 50 ? ["SET", "held", `round ${round}`] : i === 51 ? ["GET", "held"] : ["INCR", "n"]);
    const replies = await busy.pipeline(commands);
    assert.deepEqual(replies.slice(50, 52), ["OK", `round ${round}`]);
    assert.deepEqual(replies.toSpliced(50, 2), Array.from({ length: 98 }, (_, i) => round * 98 + i + 1));
  }
  await busy.close();
});

test("a refused command: NOPERM, and the connection goes on", async () => {
  await direct.call("SET", "kept", "1");
  const [before, refused, behind] = await client.pipeline([["PING"], ["FLUSHALL"], ["GET", "kept"]]);
  assert.deepEqual([before, behind], ["PONG", "1"]);
  assert.match(text(refused!), /^NOPERM .*refused after a while/);
});

for (const atOnce of [true, false]) {
  test(`a refused command inside MULTI${atOnce ? ", in one write" : ""}: EXEC fails with EXECABORT and nothing has run`, async () => {
    await direct.call("DEL", "half", "denied");
    const commands = [["MULTI"], ["SET", "half", "1"], ["SET", "denied", "1"], ["INCR", "half"], ["EXEC"]];
    const replies: Reply[] = [];
    if (atOnce) replies.push(...await client.pipeline(commands));
    else for (const command of commands) replies.push(await client.call(...command));
    assert.match(text(replies[2]!), /^NOPERM /);
    assert.match(text(replies[4]!), /^EXECABORT /);
    assert.equal(await direct.call("EXISTS", "half", "denied"), 0);
    assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "half", "2"], ["EXEC"], ["GET", "half"]]), ["OK", "QUEUED", ["OK"], "2"]);
  });

  test(`refused as the first of a transaction${atOnce ? ", in one write" : ""}: the same`, async () => {
    await direct.call("DEL", "half");
    const commands = [["MULTI"], ["GET", "denied"], ["SET", "half", "1"], ["EXEC"], ["GET", "half"]];
    const replies: Reply[] = [];
    if (atOnce) replies.push(...await client.pipeline(commands));
    else for (const command of commands) replies.push(await client.call(...command));
    assert.match(text(replies[1]!), /^NOPERM /);
    assert.match(text(replies[3]!), /^EXECABORT /);
    assert.equal(replies[4], null);
  });
}

test("a held command inside MULTI is not overtaken by EXEC", async () => {
  assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "held", "1"], ["INCR", "held"], ["EXEC"], ["GET", "held"]]), ["OK", "QUEUED", "QUEUED", ["OK", 2], "2"]);
});

for (const atOnce of [true, false]) {
  test(`EXEC and DISCARD refused${atOnce ? ", in one write" : ""}: the one ends the transaction and its connection, the other leaves it open; nothing has run`, async () => {
    await direct.call("DEL", "half");
    const say = async (on: RespClient, ...commands: string[][]): Promise<Reply[]> => {
      if (atOnce) return on.pipeline(commands);
      const replies: Reply[] = [];
      for (const command of commands) replies.push(await on.call(...command));
      return replies;
    };
    const ends = await RespClient.connect(mesh.ports[1]!);
    assert.match(text((await say(ends, ["MULTI"], ["SET", "half", "1"], ["EXEC"]))[2]!), /^EXECABORT .*refused after a while/);
    await ends.closed;
    const empty = await RespClient.connect(mesh.ports[1]!);
    const [, refused, missing] = await say(empty, ["MULTI"], ["EXEC"], ["GET", "half"]);
    assert.match(text(refused!), /^EXECABORT /);
    assert.equal(missing, null);
    const stays = await say(empty, ["MULTI"], ["SET", "half", "1"], ["DISCARD"], ["INCR", "half"]);
    assert.deepEqual([stays[1], stays[3]], ["QUEUED", "QUEUED"]);
    assert.match(text(stays[2]!), /^NOPERM /);
    await empty.close();
    assert.equal(await direct.call("EXISTS", "half"), 0);
  });
}

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
