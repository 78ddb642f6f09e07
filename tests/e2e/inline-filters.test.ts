/** What a filter holds or refuses, inline: a carrier goes in place of what is refused, and the place of its answer is that of the error. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { RespClient, RespError, type RedisServer, type Reply, startRedis, Typed } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type Call, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { halfClose, inlineEntry, ordinary } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";

let wasm: string;
const HELD_MS = 200;
const NOPERM = "NOPERM refused after a while";

/** Behind the filter: the tcp_proxy that the control plane makes, and an ordinary one, as Istio has. */
const KINDS = ["inline", "ordinary"] as const;

let server: RedisServer, thrift: ThriftServer, mesh: Mesh, direct: RespClient;
const ports: Record<string, number> = {};

before(async () => {
  wasm = await buildGuest("tests/guests/hold.ts");
  [server, thrift] = await Promise.all([startRedis(), startServer("python", { name: "v1", transport: "header" })]);
  direct = await RespClient.connect(server.port);
  const refuse = (key: string, value: string): object => ({ name: "hold", config: { key, value, ms: 1, refuse: true } });
  const hold = (key: string, value: string): object => ({ name: "hold", config: { key, value, ms: HELD_MS } });
  const redis = [hold("key", "held"), refuse("key", "denied"), refuse("channel", "denied"), refuse("command", "flushall")];
  const filters: Record<string, object[]> = {
    "inline.example": redis, "ordinary.example": redis, "ends.example": [refuse("command", "exec"), refuse("command", "discard")],
    "thrift.example": [hold("method", "add"), refuse("method", "calls")],
  };
  const entries = [...KINDS, "ends"].map((name) => inlineEntry(`${name}.example`, `tcp-redis-${name}`, [[server.port]]));
  entries.push(inlineEntry("thrift.example", "tcp-thrift", [[thrift.port]]));
  mesh = await startMesh(entries.join("\n---\n"), {
    wasm, ...ordinary("ordinary.example", (configuration) => ({ ...configuration, filters: filters[String(configuration.service)] })),
  });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[[...KINDS, "ends", "thrift"].find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await Promise.allSettled([direct?.close(), mesh?.envoy.stop()]);
  await Promise.allSettled([server?.stop(), thrift?.kill()]);
});

/** Errors as their texts. */
const plain = (reply: Reply): unknown => reply instanceof RespError ? reply.message : Array.isArray(reply) ? reply.map(plain) : reply instanceof Typed ? [reply.type, reply.value] : reply;

/** On a connection of its own, after the keys that are used here are gone. */
async function on<T>(kind: string, work: (client: RespClient) => Promise<T>, resp3 = false): Promise<T> {
  await direct.call("DEL", "denied", "held", "half", "queue", "n");
  const client = await RespClient.connect(ports[kind]!, { resp3 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function conversation(client: RespClient, commands: (string | number)[][], atOnce: boolean): Promise<unknown[]> {
  if (atOnce) return (await client.pipeline(commands)).map(plain);
  const replies: unknown[] = [];
  for (const command of commands) replies.push(plain(await client.call(...command)));
  return replies;
}

for (const kind of KINDS) {
  describe(kind, () => {
    test("a refused command: NOPERM in its turn, and the connection goes on", () => on(kind, async (client) => {
      await direct.call("SET", "kept", "1");
      assert.deepEqual(await conversation(client, [["PING"], ["FLUSHALL"], ["GET", "kept"], ["SET", "denied", "1"], ["PING"]], true), ["PONG", NOPERM, "1", NOPERM, "PONG"]);
      assert.equal(await direct.call("EXISTS", "denied"), 0);
    }));

    test("1,000 commands in one write, every tenth refused, one held: all replies are in order", () => on(kind, async (client) => {
      const replies = await client.pipeline(Array.from({ length: 1000 }, (_, i) => i === 500 ? ["SET", "held", "1"] : i % 10 ? ["INCR", "n"] : ["GET", "denied"]));
      let n = 0;
      assert.deepEqual(replies.map(plain), Array.from({ length: 1000 }, (_, i) => i === 500 ? "OK" : i % 10 ? ++n : NOPERM));
    }));

    test("a large value of a refused command is swallowed", () => on(kind, async (client) => {
      const large = "x".repeat(3 << 20);
      assert.deepEqual(await conversation(client, [["PING"], ["SET", "denied", large], ["SET", "half", large], ["STRLEN", "half"]], true), ["PONG", NOPERM, "OK", 3 << 20]);
    }));

    for (const atOnce of [true, false]) {
      const how = atOnce ? ", in one write" : "";
      test(`a refused command inside MULTI${how}: EXEC fails with EXECABORT and nothing has run`, () => on(kind, async (client) => {
        const commands = [["MULTI"], ["SET", "half", "1"], ["SET", "denied", "1"], ["INCR", "half"], ["EXEC"], ["GET", "half"]];
        const replies = await conversation(client, commands, atOnce);
        assert.match(String(replies[4]), /^EXECABORT /);
        assert.deepEqual(replies.toSpliced(4, 1), ["OK", "QUEUED", NOPERM, "QUEUED", null]);
        assert.deepEqual(await conversation(client, [["MULTI"], ["SET", "half", "2"], ["EXEC"], ["GET", "half"]], atOnce), ["OK", "QUEUED", ["OK"], "2"]);
      }));

      test(`refused as the first of a transaction${how}: the same`, () => on(kind, async (client) => {
        const replies = await conversation(client, [["MULTI"], ["GET", "denied"], ["SET", "half", "1"], ["EXEC"], ["GET", "half"], ["EXEC"]], atOnce);
        assert.match(String(replies[3]), /^EXECABORT /);
        assert.deepEqual(replies.toSpliced(3, 1), ["OK", NOPERM, "QUEUED", null, "ERR EXEC without MULTI"]);
      }));
    }

    test("refused and then given up: DISCARD is the server's own", () => on(kind, async (client) => {
      const commands = [["MULTI"], ["SET", "half", "1"], ["SET", "denied", "1"], ["DISCARD"], ["MULTI"], ["INCR", "half"], ["EXEC"]];
      assert.deepEqual(await conversation(client, commands, true), ["OK", "QUEUED", NOPERM, "OK", "OK", "QUEUED", [1]]);
    }));

    test("a held command inside MULTI is not overtaken by EXEC", () => on(kind, async (client) => {
      const commands = [["MULTI"], ["SET", "held", "1"], ["INCR", "held"], ["EXEC"], ["GET", "held"]];
      assert.deepEqual(await conversation(client, commands, true), ["OK", "QUEUED", "QUEUED", ["OK", 2], "2"]);
    }));

    test("refused while subscribed, RESP2 and RESP3: the error comes in its turn among the answers", async () => {
      for (const resp3 of [false, true]) {
        await on(kind, async (client) => {
          client.socket.write("SUBSCRIBE x\r\nSUBSCRIBE denied\r\nSUBSCRIBE y\r\nUNSUBSCRIBE\r\n");
          const pushes = (): unknown[] => client.unasked.map(plain);
          await until("all is answered", 5000, () => client.unasked.length === 5);
          const push = (...value: unknown[]): unknown => resp3 ? ["push", value] : value;
          assert.deepEqual(pushes().slice(0, 3), [push("subscribe", "x", 1), NOPERM, push("subscribe", "y", 2)]);
          assert.deepEqual(await conversation(client, [["SET", "denied", "1"], ["PING"]], true), [NOPERM, "PONG"]);
          client.socket.write("SUBSCRIBE x\r\nPSUBSCRIBE denied\r\n");
          await until("the second is refused", 5000, () => client.unasked.length === 7);
          assert.equal(await direct.call("PUBLISH", "x", "it"), 1);
          assert.equal(await direct.call("PUBLISH", "denied", "it"), 0);
          await until("the message is there", 5000, () => client.unasked.length === 8);
          assert.deepEqual(pushes().slice(5), [push("subscribe", "x", 1), NOPERM, push("message", "x", "it")]);
        }, resp3);
      }
    });

    test("refused when no answer is wanted: none comes, and the next answer is the next command's", () => on(kind, async (client) => {
      client.socket.write("CLIENT REPLY SKIP\r\nSET denied 1\r\n");
      assert.deepEqual(await conversation(client, [["INCR", "n"], ["INCR", "n"]], false), [1, 2]);
      client.socket.write("CLIENT REPLY OFF\r\nSET denied 1\r\nINCR n\r\nMULTI\r\nSET denied 1\r\nINCR n\r\nEXEC\r\nFLUSHALL\r\n");
      assert.deepEqual(await conversation(client, [["CLIENT", "REPLY", "ON"], ["GET", "n"], ["GET", "denied"]], true), ["OK", "3", NOPERM]);
      assert.equal(await direct.call("EXISTS", "denied"), 0);
    }));

    test("refused behind a blocked command: its error waits for its turn", () => on(kind, async (client) => {
      const replies = client.pipeline([["SET", "n", "1"], ["BLPOP", "queue", 20], ["SET", "denied", "1"], ["INCR", "n"], ["FLUSHALL"]]);
      await until("it is blocked", 5000, async () => /blocked_clients:1/.test(String(await direct.call("INFO", "clients"))));
      await direct.call("RPUSH", "queue", "it");
      assert.deepEqual((await replies).map(plain), ["OK", ["queue", "it"], NOPERM, 2, NOPERM]);
    }));

    test("a client that half-closes while its command is held: all is answered", async () => {
      for (const apart of [false, true]) {
        await on(kind, async () => {
          const got = await halfClose(ports[kind]!, "PING\r\nSET held 1\r\nGET denied\r\nGET held\r\n", { apart });
          assert.equal(String(got), `+PONG\r\n+OK\r\n-${NOPERM}\r\n$1\r\n1\r\n`);
        });
      }
    });

    test("a client that half-closes behind 70,000 commands, a refused one among the last: all are answered", () => on(kind, async () => {
      const got = String(await halfClose(ports[kind]!, `${"PING\r\n".repeat(70_000)}SET denied 1\r\nPING\r\n`));
      assert.equal(got, `${"+PONG\r\n".repeat(70_000)}-${NOPERM}\r\n+PONG\r\n`);
    }));
  });
}

for (const atOnce of [true, false]) {
  test(`EXEC and DISCARD refused${atOnce ? ", in one write" : ""}: the one ends the transaction, as with a server that refuses it, the other leaves it open; nothing has run`, () => on("ends", async (client) => {
    const refused = await conversation(client, [["MULTI"], ["SET", "half", "1"], ["EXEC"], ["GET", "half"], ["MULTI"], ["EXEC"], ["PING"]], atOnce);
    for (const i of [2, 5]) assert.match(String(refused[i]), /^EXECABORT .*refused after a while/);
    assert.deepEqual(refused.filter((_, i) => i !== 2 && i !== 5), ["OK", "QUEUED", null, "OK", "PONG"]);
    assert.deepEqual(await conversation(client, [["MULTI"], ["SET", "half", "1"], ["DISCARD"], ["INCR", "half"]], atOnce), ["OK", "QUEUED", NOPERM, "QUEUED"]);
    assert.equal(await direct.call("EXISTS", "half"), 0);
  }));
}

for (const protocol of ["binary", "compact"] as const) {
  test(`Thrift, ${protocol}: held and refused calls with sequence id 0 among others: answers and errors in order`, async () => {
    const client = await startClient("python", { port: ports.thrift!, transport: "buffered", protocol });
    try {
      const calls = Array.from({ length: 60 }, (_, n): Call => n === 30 ? { method: "add", args: [30, 0] } : n % 4 ? { method: "echo", args: ["{n}"] } : { method: "calls", args: ["echo"] });
      for (const [n, { value, error, type }] of (await client.pipeline(calls)).entries()) {
        if (n === 30 || n % 4) assert.equal(String(value ?? error), String(n));
        else assert.deepEqual([type, /refused after a while/.test(error!)], [6, true], `${n}: ${value ?? error}`);
      }
    } finally {
      await client.stop();
    }
  });
}

test("nothing was late, unknown or unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
