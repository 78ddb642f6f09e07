/** Redis inline: one server for each client connection, and what each client gets is what that server itself gives. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Argument, command, LIBRARIES, redisBenchmark, redisCli, type RedisServer, type Reply, RespClient, RespError, RespParser, startRedis, transcript, Typed } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";

const PASSWORD = "secret";

const servers: Record<string, RedisServer> = {};
const ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const name of ["guarded", "twin"]) servers[name] = await startRedis({ password: PASSWORD });
  for (const name of ["a", "b", "open"]) servers[name] = await startRedis();
  const prefix = (value: string, host: string): object => ({ match: [{ headers: { key: { prefix: value } } }], route: [{ destination: { host } }] });
  mesh = await startMesh([
    ...["guarded", "a", "b"].map((name) => inlineEntry(`only-${name}.example`, `tcp-redis-only-${name}`, [[servers[name]!.port]])),
    inlineEntry("routed.example", "tcp-redis-routed", [[servers.a!.port]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [
      prefix("a:", "only-a.example"), prefix("b:", "only-b.example"),
    ] } }),
  ].join("\n---\n"));
  const names = ["only-guarded", "only-a", "only-b", "routed"];
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[names.find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

async function on<T>(port: number, work: (client: RespClient) => Promise<T>, resp3 = false): Promise<T> {
  const client = await RespClient.connect(port, { resp3 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

describe("libraries", () => {
  for (const library of LIBRARIES) {
    for (const protocol of [2, 3] as const) {
      test(`${library}, RESP${protocol}: every step of its program gives what it gives without Envoy`, async () => {
        const options = { protocol, password: PASSWORD, db: 2 };
        const [without, steps] = await Promise.all([servers.twin!.port, ports["only-guarded"]!].map((port) => transcript(library, { port, ...options })));
        for (const [i, step] of without!.entries()) assert.deepEqual(steps![i], step, mesh.envoy.log());
        assert.equal(steps!.length, without!.length);
      });
    }
  }

  test("redis-cli, RESP2 and RESP3: it prints the same", async () => {
    const lines = ["set k 1", "get k", "lpop k", "hset h a 1 b 2", "hgetall h", "multi", "incr k", "nosuch", "exec", "multi", "incr k", "exec", "zadd z 1.5 a",
      "zrange z 0 -1 withscores", "config get maxmemory", "client getname", "del k h z", "select 5", "dbsize", "hello"];
    for (const resp3 of [false, true]) {
      const [without, through] = await Promise.all([servers.twin!.port, ports["only-guarded"]!].map((port) => redisCli({ port, password: PASSWORD, resp3 }, lines)));
      assert.equal(through!.replace(/"?id"?\W+\d+|\(integer\) \d+\n/g, ""), without!.replace(/"?id"?\W+\d+|\(integer\) \d+\n/g, ""));
    }
  });

  for (const pipeline of [1, 16]) {
    test(`redis-benchmark, all its tests, ${pipeline} in flight`, async () => {
      const rates = await redisBenchmark({ port: ports["only-a"]!, requests: 1000, clients: 5, pipeline });
      assert.equal(rates.size, 20, JSON.stringify([...rates]));
    });
  }
});

/** What is said on a connection; `other` is another one to the same server, without Envoy. */
type Conversation = (client: RespClient, other: RespClient) => Promise<unknown>;

const unasked = (client: RespClient): unknown[] => client.unasked.map((reply) => reply instanceof Typed ? [reply.type, reply.value] : reply);
const heard = (client: RespClient, count: number): Promise<unknown> => until("all that is told has come", 5000, () => client.unasked.length === count);

const CONVERSATIONS: Record<string, Conversation> = {
  "transactions": (client) => client.pipeline([
    ["MULTI"], ["SET", "t", "1"], ["PING"], ["INCR", "t"], ["EXEC"], ["MULTI"], ["EXEC"], ["MULTI"], ["PING"], ["ECHO", "x"], ["EXEC"],
    ["MULTI"], ["SET", "t", "5"], ["DISCARD"], ["GET", "t"], ["EXEC"], ["DISCARD"], ["MULTI"], ["SET", "t", "7"], ["NOSUCH"], ["EXEC"], ["GET", "t"],
    ["MULTI"], ["LPUSH", "t", "x"], ["GET", "t"], ["EXEC"],
  ]),
  "WATCH": async (client, other) => {
    const first = await client.pipeline([["WATCH", "w"], ["GET", "w"]]);
    await other.call("SET", "w", "other");
    return [first, await client.pipeline([["MULTI"], ["SET", "w", "mine"], ["EXEC"], ["WATCH", "w"], ["MULTI"], ["SET", "w", "mine"], ["EXEC"], ["WATCH", "w"], ["UNWATCH"], ["GET", "w"]])];
  },
  "SUBSCRIBE": async (client, other) => {
    client.socket.write("SUBSCRIBE x y z\r\nPSUBSCRIBE x*\r\n");
    await heard(client, 4);
    const told = await other.call("PUBLISH", "x", "it");
    await heard(client, 6);
    client.socket.write("PUNSUBSCRIBE\r\nUNSUBSCRIBE y z x\r\nUNSUBSCRIBE\r\n");
    await heard(client, 11);
    return [told, unasked(client), await client.pipeline([["SET", "k", "1"], ["GET", "k"]])];
  },
  "BLPOP": async (client, other) => {
    const blocked = client.pipeline([["BLPOP", "queue", 20], ["SET", "later", "1"], ["BLPOP", "none", "0.05"], ["GET", "later"]]);
    await until("it is blocked", 5000, async () => /blocked_clients:1/.test(String(await other.call("INFO", "clients"))));
    return [await other.call("EXISTS", "later"), await other.call("RPUSH", "queue", "it"), await blocked];
  },
  "MONITOR": async (client, other) => {
    const first = await client.call("MONITOR");
    await other.pipeline([["SET", "monitored", "1"], ["GET", "monitored"]]);
    await heard(client, 2);
    return [first, client.unasked.map((line) => String(line).replace(/^\d+\.\d+ \[0 127\.0\.0\.1:\d+\]/, "then"))];
  },
  "SCAN": async (client, other) => {
    await other.pipeline(Array.from({ length: 300 }, (_, i) => ["SET", `scan:${i}`, "x"]));
    const found: unknown[] = [];
    for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
      const [next, keys] = await client.call("SCAN", cursor, "COUNT", 30) as [string, string[]];
      found.push(...keys);
      cursor = next;
    }
    return found.sort();
  },
  "CLIENT REPLY": async (client) => {
    client.socket.write("CLIENT REPLY SKIP\r\nINCR r\r\n");
    const skipped = await client.pipeline([["INCR", "r"], ["INCR", "r"]]);
    client.socket.write("CLIENT REPLY SKIP\r\nMULTI\r\n");
    const multi = await client.pipeline([["INCR", "r"], ["EXEC"]]);
    client.socket.write("CLIENT REPLY OFF\r\nINCR r\r\nNOSUCH\r\nMULTI\r\nINCR r\r\nMULTI\r\nPING\r\nDISCARD\r\nMULTI\r\nINCR r\r\nEXEC\r\nCLIENT REPLY SKIP\r\n");
    return [skipped, multi, await client.call("CLIENT", "REPLY", "ON"), await client.pipeline([["GET", "r"], ["PING"]]), unasked(client)];
  },
  "RESET, SELECT and names": (client) => client.pipeline([
    ["SELECT", 5], ["CLIENT", "SETNAME", "mine"], ["SET", "five", "1"], ["CLIENT", "GETNAME"], ["SELECT", "x"], ["MULTI"], ["SET", "five", "2"], ["RESET"],
    ["GET", "five"], ["CLIENT", "GETNAME"], ["SELECT", 5], ["GET", "five"],
  ]),
  "lines, and commands cut at every byte": async (client) => {
    const replies = client.send("", 4);
    for (const byte of Buffer.from('SET inline "two words"\r\nGET inline\r\n*2\r\n$3\r\nGET\r\n$6\r\ninline\r\n\r\nPING\r\n')) {
      client.socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    return Promise.all(replies);
  },
  "QUIT": async (client) => {
    const replies = await client.pipeline([["SET", "q", "1"], ["GET", "q"], ["QUIT"]]);
    await client.closed;
    return replies;
  },
};

describe("the same as from the server itself", () => {
  for (const [name, talk] of Object.entries(CONVERSATIONS)) {
    for (const resp3 of [false, true]) {
      test(`${name}, RESP${resp3 ? 3 : 2}`, async () => {
        const [without, through] = await Promise.all([[servers.open!, servers.open!.port], [servers.a!, ports["only-a"]!]].map(async ([server, port]) => {
          return on((server as RedisServer).port, async (other) => {
            await other.call("FLUSHALL");
            return on(port as number, (client) => talk(client, other), resp3);
          });
        }));
        assert.deepEqual(through, without, mesh.envoy.log());
      });
    }
  }

  test("MULTI inside MULTI is an error, and EXEC one too", () => on(ports["only-a"]!, async (client) => {
    const replies = await client.pipeline([["SET", "t", "1"], ["MULTI"], ["SET", "t", "9"], ["MULTI"], ["INCR", "t"], ["EXEC"], ["GET", "t"]]);
    assert.match(text(replies[3]!), /^ERR .*nested/);
    assert.match(text(replies[5]!), /^EXECABORT /);
    assert.deepEqual(replies.filter((_, i) => i !== 3 && i !== 5), ["OK", "OK", "QUEUED", "QUEUED", "1"]);
  }));

  test("CLIENT TRACKING: the server's invalidations arrive", () => on(ports["only-a"]!, async (client) => {
    assert.deepEqual(await client.pipeline([["CLIENT", "TRACKING", "ON"], ["GET", "tracked"]]), ["OK", null]);
    await on(servers.a!.port, (other) => other.call("SET", "tracked", "2"));
    await heard(client, 1);
    assert.deepEqual(unasked(client), [["push", ["invalidate", ["tracked"]]]]);
  }, true));

  test("100,000 pipelined commands on one connection: every reply is the right one", () => on(ports["only-a"]!, async (client) => {
    await client.call("DEL", "n");
    const replies: Reply[] = [], parser = new RespParser((reply) => replies.push(reply));
    client.socket.removeAllListeners("data").on("data", (piece: Buffer) => parser.feed(piece));
    const commands = Array.from({ length: 25_000 }, (_, i): Argument[][] => [["SET", "k", i], ["INCR", "n"], ["GET", "k"], ["GET", "n"]]);
    client.socket.write(Buffer.concat(commands.flat().map((args) => command(...args))));
    await until("all have come", 20_000, () => replies.length === 100_000);
    const wrong = replies.findIndex((reply, i) => reply !== ["OK", (i >> 2) + 1, String(i >> 2), String((i >> 2) + 1)][i & 3]);
    assert.equal(wrong, -1, `reply ${wrong} is ${JSON.stringify(replies[wrong])}`);
  }));
});

describe("routes", () => {
  for (const [own, other] of [["a", "b"], ["b", "a"]] as const) {
    test(`the first command's prefix ${own}: chooses the server; what leads elsewhere is refused, and the connection goes on`, () => on(ports.routed!, async (client) => {
      for (const server of ["a", "b"]) await on(servers[server]!.port, (direct) => direct.call("FLUSHALL"));
      assert.deepEqual(await client.pipeline([["SET", `${own}:1`, own], ["GET", `${own}:1`]]), ["OK", own]);
      assert.equal(await on(servers[own]!.port, (direct) => direct.call("GET", `${own}:1`)), own);
      const replies = await client.pipeline([
        ["SET", `${other}:1`, "x"], ["MSET", `${own}:2`, "x", `${other}:2`, "x"], ["SET", "c:1", "x"], ["PING"], ["MGET", `${own}:1`, `${own}:2`],
        ["MULTI"], ["SET", `${own}:1`, "half"], ["SET", `${other}:1`, "half"], ["INCR", `${own}:1`], ["EXEC"], ["GET", `${own}:1`],
      ]);
      const refused = [/^ERR .*another cluster than its connection/, /^CROSSSLOT /, /^ERR no route matches/, null, null, null, null, /^(ERR|CROSSSLOT) /, null, /^EXECABORT /, null];
      for (const [i, words] of refused.entries()) if (words) assert.match(text(replies[i]!), words);
      assert.deepEqual(replies.filter((_, i) => !refused[i]), ["PONG", [own, null], "OK", "QUEUED", "QUEUED", own]);
      assert.equal(await on(servers[own]!.port, (direct) => direct.call("EXISTS", "c:1", `${own}:2`)), 0);
      assert.equal(await on(servers[other]!.port, (direct) => direct.call("EXISTS", `${other}:1`, `${other}:2`)), 0);
    }));
  }

  test("a first command that is refused is told so; what follows is served where the first rule leads", () => on(ports.routed!, async (client) => {
    assert.match(text(await client.call("SET", "c:1", "x")), /^ERR no route matches/);
    assert.deepEqual(await client.pipeline([["SET", "a:1", "a"], ["GET", "a:1"]]), ["OK", "a"]);
  }));

  test("all were counted, on as many connections to servers as there were of clients", async () => {
    await until("all denials are counted", 10_000, async () => (await mesh.count("meltemi_errors.*RouteNotFound")) >= 9);
    assert.equal(await mesh.count("meltemi_lanes_opened"), await mesh.count("meltemi_connections"));
  });
});

test("no reply was late, unknown or second; nothing was unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
