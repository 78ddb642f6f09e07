/** Real Redis clients and servers through the real Envoy: what each library gets is what the server itself gives. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Argument, LIBRARIES, redisBenchmark, redisCli, type RedisServer, type Reply, RespClient, RespError, startRedis, type Step, transcript, Typed } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const PASSWORD = "secret";

const servers: Record<string, RedisServer> = {};
const direct: Record<string, RespClient> = {};
const ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const [name, password] of [["guarded", PASSWORD], ["twin", PASSWORD], ["a", undefined], ["b", undefined]] as const) {
    servers[name] = await startRedis({ password });
    direct[name] = await RespClient.connect(servers[name].port, { password });
  }
  const of = (...names: string[]): [number][] => names.map((name) => [servers[name]!.port]);
  const prefix = (key: string, value: string, host: string): object => ({ match: [{ headers: { [key]: { prefix: value } } }], route: [{ destination: { host } }] });
  mesh = await startMesh([
    serviceEntry("guarded.example", "tcp-redis-guarded", of("guarded")),
    serviceEntry("only-a.example", "tcp-redis-only-a", of("a")),
    serviceEntry("only-b.example", "tcp-redis-only-b", of("b")),
    serviceEntry("both.example", "tcp-redis-both", of("a", "b")),
    serviceEntry("hashed.example", "tcp-redis-hashed", of("a", "b")),
    serviceEntry("routed.example", "tcp-redis-routed", of("a")),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "hashed" },
      spec: { host: "hashed.example", trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: "key" } } } } }),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [
      prefix("key", "a:", "only-a.example"), prefix("key", "b:", "only-b.example"), prefix("channel", "b:", "only-b.example"),
    ] } }),
  ].join("\n---\n"));
  const names = ["guarded", "only-a", "only-b", "both", "hashed", "routed"];
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[names.find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await Promise.allSettled([...Object.values(direct).map((client) => client.close()), mesh?.envoy.stop()]);
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

/** Work on a new connection through Envoy. */
async function through<T>(service: string, work: (client: RespClient) => Promise<T>, resp3 = false): Promise<T> {
  const client = await RespClient.connect(ports[service]!, { resp3 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const word = (reply: Reply): string => reply instanceof RespError ? reply.message.split(" ")[0]! : `no error: ${JSON.stringify(reply)}`;
const list = (reply: Reply): Reply[] => Array.isArray(reply) ? reply : assert.fail(`no list: ${JSON.stringify(reply)}`);

describe("libraries", () => {
  for (const library of LIBRARIES) {
    for (const protocol of [2, 3] as const) {
      test(`${library}, RESP${protocol}: every step of its program gives what it gives without Envoy`, async () => {
        const options = { protocol, password: PASSWORD, db: 2 };
        const [without, steps] = await Promise.all([servers.twin!.port, ports.guarded!].map((port) => transcript(library, { port, ...options }))) as [Step[], Step[]];
        for (const [i, step] of without.entries()) assert.deepEqual(steps[i], step, mesh.envoy.log());
        assert.equal(steps.length, without.length);
      });
    }
  }

  test("redis-cli, RESP2 and RESP3: it prints the same", async () => {
    const lines = ["set k 1", "get k", "lpop k", "hset h a 1 b 2", "hgetall h", "multi", "incr k", "nosuch", "exec", "multi", "incr k", "exec", "zadd z 1.5 a",
      "zrange z 0 -1 withscores", "config get maxmemory", "client getname", "del k h z", "select 5", "dbsize", "hello"];
    for (const resp3 of [false, true]) {
      const [without, through] = await Promise.all([servers.guarded!.port, ports.guarded!].map(async (port, i) =>
        redisCli({ port, password: PASSWORD, resp3, db: i }, lines)));
      assert.equal(through!.replace(/"?id"?\W+\d+|\(integer\) \d+\n/g, ""), without!.replace(/"?id"?\W+\d+|\(integer\) \d+\n/g, ""));
    }
  });

  test("who does not say the password is told so", () => through("guarded", async (client) => {
    assert.equal(word(await client.call("GET", "k")), "NOAUTH");
    assert.equal(word(await client.call("HELLO", 3, "AUTH", "default", "wrong")), "WRONGPASS");
    assert.equal(await client.call("AUTH", PASSWORD), "OK");
    assert.equal(await client.call("GET", "nothing"), null);
  }));
});

describe("routes by key prefix", () => {
  test("each key is where its prefix leads, replies come in order", () => through("routed", async (client) => {
    const keys = Array.from({ length: 200 }, (_, i) => `${i % 3 ? "a" : "b"}:${i}`);
    assert.deepEqual(await client.pipeline(keys.map((key) => ["SET", key, `of ${key}`])), keys.map(() => "OK"));
    assert.deepEqual(await client.pipeline(keys.map((key) => ["GET", key])), keys.map((key) => `of ${key}`));
    for (const server of ["a", "b"]) {
      const there = await direct[server]!.pipeline(keys.map((key) => ["EXISTS", key]));
      assert.deepEqual(there, keys.map((key) => key.startsWith(server) ? 1 : 0), server);
    }
  }));

  test("keys of one command that lead to different clusters: CROSSSLOT, and nothing runs", () => through("routed", async (client) => {
    assert.equal(word(await client.call("MSET", "a:x1", "1", "b:x1", "1")), "CROSSSLOT");
    assert.equal(word(await client.call("MGET", "a:x1", "b:x1")), "CROSSSLOT");
    assert.equal(word(await client.call("EVAL", "return 1", 2, "a:x1", "b:x1")), "CROSSSLOT");
    assert.equal(await client.call("MSET", "a:x1", "1", "a:x2", "2"), "OK");
    assert.deepEqual(await client.call("MGET", "a:x1", "a:x2", "a:none"), ["1", "2", null]);
    assert.equal(await direct.b!.call("EXISTS", "b:x1"), 0);
  }));

  test("a key that no rule takes is refused, commands without keys are served", () => through("routed", async (client) => {
    const refused = await client.call("SET", "c:1", "1");
    assert.match(refused instanceof RespError ? refused.message : "", /^ERR .*no route/);
    assert.equal(await client.call("PING"), "PONG");
    assert.match(String(await client.call("INFO", "server")), /redis_version/);
    assert.equal(await client.call("ECHO", "x"), "x");
  }));

  test("what a connection says of itself holds on every server it uses, before and after", () => through("routed", async (client) => {
    assert.equal(await client.call("SET", "a:db", "zero"), "OK");
    assert.equal(await client.call("SELECT", 7), "OK");
    assert.equal(await client.call("CLIENT", "SETNAME", "two-faced"), "OK");
    assert.deepEqual(await client.pipeline([["SET", "a:db", "seven"], ["SET", "b:db", "seven"]]), ["OK", "OK"]);
    for (const server of ["a", "b"]) {
      assert.match(String(await direct[server]!.call("CLIENT", "LIST")), /name=two-faced [^\n]*db=7 /, server);
    }
    assert.equal(await client.call("SELECT", 0), "OK");
    assert.deepEqual(await client.pipeline([["GET", "a:db"], ["GET", "b:db"]]), ["zero", null]);
  }));

  test("a channel's prefix leads as well", () => through("routed", async (client) => {
    assert.deepEqual(await client.call("SUBSCRIBE", "b:news"), ["subscribe", "b:news", 1]);
    const message = client.reply();
    assert.equal(await direct.b!.call("PUBLISH", "b:news", "it"), 1);
    assert.deepEqual(await message, ["message", "b:news", "it"]);
  }));
});

describe("transactions", () => {
  const multi = (client: RespClient, ...commands: Argument[][]): Promise<Reply[]> => client.pipeline([["MULTI"], ...commands, ["EXEC"]]);

  test("MULTI goes where its first keyed command leads", () => through("routed", async (client) => {
    await direct.b!.call("DEL", "b:t");
    assert.deepEqual(await multi(client, ["SET", "b:t", "1"], ["PING"], ["INCR", "b:t"]), ["OK", "QUEUED", "QUEUED", "QUEUED", ["OK", "PONG", 2]]);
    assert.equal(await direct.b!.call("GET", "b:t"), "2");
    assert.deepEqual(await multi(client), ["OK", []]);
    assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "a:t", "1"], ["DISCARD"], ["MULTI"], ["DISCARD"]]), ["OK", "QUEUED", "OK", "OK", "OK"]);
    assert.equal(await direct.a!.call("EXISTS", "a:t"), 0);
    assert.equal(word(await client.call("EXEC")), "ERR");
    assert.equal(word(await client.call("DISCARD")), "ERR");
    assert.deepEqual(word((await client.pipeline([["MULTI"], ["MULTI"], ["DISCARD"]]))[1]!), "ERR");
  }));

  const refused: [string, Argument[][], string][] = [
    ["a key of another cluster", [["SET", "a:half", "1"], ["SET", "b:half", "1"], ["SET", "a:half", "2"]], "CROSSSLOT"],
    ["a key that no rule takes, first", [["SET", "c:half", "1"], ["SET", "a:half", "2"]], "ERR"],
    ["a key that no rule takes, last", [["SET", "a:half", "1"], ["SET", "c:half", "1"]], "ERR"],
    ["a command that the server refuses", [["SET", "a:half", "1"], ["NOSUCH", "a:half"]], "ERR"],
    ["two keys that lead apart", [["SET", "a:half", "1"], ["MSET", "a:half", "3", "b:half", "4"]], "CROSSSLOT"],
  ];
  for (const [what, commands, why] of refused) {
    for (const atOnce of [true, false]) {
      test(`${what}${atOnce ? ", in one write" : ""}: EXEC fails with EXECABORT and nothing has run`, () => through("routed", async (client) => {
        await Promise.all([direct.a!.call("DEL", "a:half"), direct.b!.call("DEL", "b:half")]);
        const replies: Reply[] = [];
        if (atOnce) replies.push(...await multi(client, ...commands));
        else for (const each of [["MULTI"], ...commands, ["EXEC"]]) replies.push(await client.call(...each));
        assert.ok(replies.slice(1, -1).map(word).includes(why), JSON.stringify(replies));
        assert.equal(word(replies.at(-1)!), "EXECABORT", JSON.stringify(replies));
        assert.deepEqual([await direct.a!.call("EXISTS", "a:half"), await direct.b!.call("EXISTS", "b:half")], [0, 0]);
        assert.deepEqual(await multi(client, ["SET", "b:half", "5"], ["GET", "b:half"]), ["OK", "QUEUED", "QUEUED", ["OK", "5"]], "the next one is not harmed");
      }));
    }
  }

  test("WATCH holds its server until EXEC; a change in between stops it", () => through("routed", async (client) => {
    assert.equal(await client.call("WATCH", "a:w"), "OK");
    await direct.a!.call("SET", "a:w", "other");
    assert.deepEqual(await multi(client, ["SET", "a:w", "mine"]), ["OK", "QUEUED", null]);
    assert.equal(await client.call("WATCH", "a:w"), "OK");
    assert.deepEqual(await multi(client, ["SET", "a:w", "mine"]), ["OK", "QUEUED", ["OK"]]);
    assert.equal(await client.call("WATCH", "a:w"), "OK");
    assert.equal(word((await multi(client, ["SET", "b:w", "mine"])).at(-1)!), "EXECABORT");
    assert.equal(await direct.b!.call("EXISTS", "b:w"), 0);
  }));
});

describe("subscriptions", () => {
  test("RESP2: one answer for each channel, UNSUBSCRIBE without channels, PING, and then commands again", () => through("only-a", async (client) => {
    const subscribe = Promise.all(client.send("*4\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n$1\r\ny\r\n$1\r\nz\r\n", 3));
    assert.deepEqual(await subscribe, [["subscribe", "x", 1], ["subscribe", "y", 2], ["subscribe", "z", 3]]);
    assert.deepEqual(await client.call("PSUBSCRIBE", "x*"), ["psubscribe", "x*", 4]);
    assert.deepEqual(await client.call("PING"), ["pong", ""]);
    assert.equal(word(await client.call("GET", "k")), "ERR");
    const messages = [client.reply(), client.reply()];
    assert.equal(await direct.a!.call("PUBLISH", "x", "it"), 2);
    assert.deepEqual(await Promise.all(messages), [["message", "x", "it"], ["pmessage", "x*", "x", "it"]]);
    assert.deepEqual(await client.call("PUNSUBSCRIBE", "x*"), ["punsubscribe", "x*", 3]);
    const ends = await Promise.all(client.send("UNSUBSCRIBE\r\n", 3));
    assert.deepEqual(ends.map((reply) => list(reply)[2]), [2, 1, 0]);
    assert.deepEqual(ends.map((reply) => String(list(reply)[1])).sort(), ["x", "y", "z"]);
    assert.deepEqual(await client.call("UNSUBSCRIBE"), ["unsubscribe", null, 0]);
    assert.deepEqual(await client.pipeline([["SET", "k", "1"], ["GET", "k"]]), ["OK", "1"]);
  }));

  test("RESP3: pushes come between replies, and commands go on", () => through("only-a", async (client) => {
    const pushes = (): unknown[] => client.unasked.map((reply) => reply instanceof Typed ? reply.value : reply);
    client.socket.write("SUBSCRIBE x y\r\n");
    assert.deepEqual(await client.pipeline([["SET", "k", "2"], ["GET", "k"]]), ["OK", "2"]);
    assert.deepEqual(pushes(), [["subscribe", "x", 1], ["subscribe", "y", 2]]);
    await direct.a!.call("PUBLISH", "y", "it");
    assert.equal(await client.call("PING"), "PONG");
    client.socket.write("UNSUBSCRIBE\r\n");
    assert.equal(await client.call("ECHO", "end"), "end");
    assert.deepEqual(pushes()[2], ["message", "y", "it"]);
    assert.deepEqual(pushes().slice(3).map((push) => (push as Reply[])[2]), [1, 0]);
    assert.equal(client.unasked.length, 5);
  }, true));

  test("subscribing and commands in one write, RESP3, 300 times", () => through("only-a", async (client) => {
    const one = "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n*2\r\n$4\r\nINCR\r\n$5\r\ncount\r\n*1\r\n$11\r\nUNSUBSCRIBE\r\n";
    await direct.a!.call("DEL", "count");
    const counts = await Promise.all(client.send(one.repeat(300), 300));
    assert.deepEqual(counts, counts.map((_, i) => i + 1));
    assert.equal(await client.call("PING"), "PONG");
    assert.equal(client.unasked.length, 600);
  }, true));
});

describe("connections of their own kind", () => {
  test("CLIENT REPLY OFF and SKIP: what is not to be answered is not, and runs", () => through("routed", async (client) => {
    await direct.a!.call("DEL", "a:r");
    client.socket.write("CLIENT REPLY SKIP\r\nINCR a:r\r\n");
    assert.equal(await client.call("INCR", "a:r"), 2);
    client.socket.write("CLIENT REPLY OFF\r\nINCR a:r\r\nSET b:r 1\r\nNOSUCH a:r\r\nSET c:nowhere 1\r\n");
    assert.equal(await client.call("CLIENT", "REPLY", "ON"), "OK");
    assert.deepEqual(await client.pipeline([["GET", "a:r"], ["GET", "b:r"]]), ["3", "1"]);
    assert.deepEqual(client.unasked, []);
  }));

  test("CLIENT TRACKING: the server's invalidations arrive", () => through("only-a", async (client) => {
    assert.equal(await client.call("CLIENT", "TRACKING", "ON"), "OK");
    await direct.a!.call("SET", "tracked", "1");
    assert.equal(await client.call("GET", "tracked"), "1");
    await direct.a!.call("SET", "tracked", "2");
    assert.equal(await client.call("PING"), "PONG");
    await until("the invalidation has come", 5000, () => client.unasked.length > 0);
    assert.deepEqual(client.unasked, [new Typed("push", ["invalidate", ["tracked"]])]);
  }, true));

  test("MONITOR: lines without end, and others go on", () => through("only-a", async (client) => {
    assert.equal(await client.call("MONITOR"), "OK");
    const line = client.reply();
    await direct.a!.call("SET", "monitored", "1");
    assert.match(String(await line), /^\d+\.\d+ \[0 127\.0\.0\.1:\d+\] "SET" "monitored" "1"$/);
    assert.equal(await through("only-a", (other) => other.call("GET", "monitored")), "1");
  }));

  test("RESET forgets all that was said, on every server", () => through("routed", async (client) => {
    await client.pipeline([["SELECT", 5], ["CLIENT", "SETNAME", "forgotten"], ["SET", "a:reset", "five"], ["SET", "b:reset", "five"]]);
    assert.equal(await client.call("RESET"), "RESET");
    assert.deepEqual(await client.pipeline([["GET", "a:reset"], ["GET", "b:reset"], ["CLIENT", "GETNAME"]]), [null, null, null]);
  }));

  test("QUIT: what was sent before is answered, then the connection closes", () => through("routed", async (client) => {
    const replies = await client.pipeline([["SET", "a:q", "1"], ["GET", "a:q"], ["QUIT"]]);
    assert.deepEqual(replies, ["OK", "1", "OK"]);
    await client.closed;
  }));

  test("inline commands, and commands cut at every byte", () => through("routed", async (client) => {
    const bytes = 'SET a:inline "two words"\r\nGET a:inline\r\n*2\r\n$3\r\nGET\r\n$8\r\na:inline\r\n\r\nPING\r\n';
    const replies = client.send("", 4);
    for (const byte of Buffer.from(bytes)) {
      client.socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    assert.deepEqual(await Promise.all(replies), ["OK", "two words", "two words", "PONG"]);
  }));
});

describe("cursors and waiting", () => {
  const keysOf = (server: string): string[] => Array.from({ length: 500 }, (_, i) => `${server}-scan:${i}`);
  const scanAll = async (client: RespClient, between: () => Promise<unknown> = async () => undefined): Promise<string[]> => {
    const found: string[] = [];
    let cursor = "0";
    do {
      const [next, some] = list(await client.call("SCAN", cursor, "MATCH", "*-scan:*", "COUNT", 30));
      found.push(...list(some!).map(String));
      cursor = String(next);
      await between();
    } while (cursor !== "0");
    return [...new Set(found)].sort();
  };

  before(async () => {
    for (const server of ["a", "b"]) await direct[server]!.pipeline(keysOf(server).map((key) => ["SET", key, "x"]));
  });

  test("a SCAN over two endpoints finds all keys of one of them", async () => {
    const scans = await Promise.all(Array.from({ length: 6 }, () => through("both", scanAll)));
    const places = scans.map((found) => found[0]!.slice(0, 1));
    for (const [i, found] of scans.entries()) assert.deepEqual(found, keysOf(places[i]!).sort());
    assert.deepEqual([...new Set(places)].sort(), ["a", "b"], "both endpoints are in use");
  });

  test("and so it does while other commands go to both", () => through("hashed", async (client) => {
    const keys = Array.from({ length: 40 }, (_, i) => `hash:${i}`);
    await client.pipeline(keys.map((key) => ["SET", key, key]));
    const values = async (): Promise<void> => assert.deepEqual(await client.pipeline(keys.map((key) => ["GET", key])), keys);
    const found = await scanAll(client, values);
    assert.deepEqual(found, keysOf(found[0]!.slice(0, 1)).sort());
    const counts = await Promise.all(["a", "b"].map(async (server) => list(await direct[server]!.call("KEYS", "hash:*")).length));
    assert.equal(counts[0]! + counts[1]!, keys.length, "each key is on one server");
    assert.ok(counts.every((count) => count > 0), String(counts));
  }));

  test("keys of one command that hash to different endpoints: CROSSSLOT, where nothing else would tell that some are elsewhere", () => through("hashed", async (client) => {
    const keys = Array.from({ length: 8 }, (_, i) => `together:${i}`);
    assert.deepEqual(await client.pipeline(keys.map((key) => ["SET", key, key])), keys.map(() => "OK"));
    const there = await direct.a!.pipeline(keys.map((key) => ["EXISTS", key])), onA = keys.filter((_, i) => there[i] === 1), onB = keys.filter((_, i) => there[i] === 0);
    assert.deepEqual(await client.call("MGET", ...onA), onA);
    assert.deepEqual(await client.call("MGET", ...onB), onB);
    assert.equal(word(await client.call("MGET", ...keys)), "CROSSSLOT");
    assert.equal(word((await client.pipeline([["MULTI"], ["SET", onA[0]!, "x"], ["SET", onB[0]!, "x"], ["EXEC"]])).at(-1)!), "EXECABORT");
    assert.deepEqual(await client.pipeline([["GET", onA[0]!], ["GET", onB[0]!]]), [onA[0], onB[0]]);
  }));

  test("a blocked command holds back what follows it on its connection, and nothing else", () => through("only-a", async (client) => {
    await direct.a!.call("DEL", "queue", "later");
    const blocked = client.pipeline([["BLPOP", "queue", 20], ["SET", "later", "1"]]);
    assert.equal(await through("only-a", (other) => other.call("EXISTS", "later")), 0);
    assert.equal(await through("only-a", (other) => other.call("RPUSH", "queue", "it")), 1);
    assert.deepEqual(await blocked, [["queue", "it"], "OK"]);
  }));
});

describe("order and load", () => {
  test("100,000 pipelined commands over two clusters on one connection: every reply is the right one", () => through("routed", async (client) => {
    await Promise.all([direct.a!.call("DEL", "a:k"), direct.b!.call("DEL", "b:n")]);
    const rounds = 100_000 / 4;
    const replies: Reply[] = [];
    for (let from = 0; from < rounds; from += 5000) {
      const commands = Array.from({ length: 5000 }, (_, i): Argument[][] => [["SET", "a:k", from + i], ["INCR", "b:n"], ["GET", "a:k"], ["GET", "b:n"]]);
      replies.push(...await client.pipeline(commands.flat()));
    }
    assert.equal(replies.length, 100_000);
    const wrong = replies.findIndex((reply, i) => reply !== ["OK", (i >> 2) + 1, String(i >> 2), String((i >> 2) + 1)][i & 3]);
    assert.equal(wrong, -1, `reply ${wrong} is ${JSON.stringify(replies[wrong])}`);
  }));

  for (const pipeline of [1, 16]) {
    test(`redis-benchmark, all its tests, ${pipeline} in flight`, async () => {
      const [without, through] = [
        await redisBenchmark({ port: servers.a!.port }), await redisBenchmark({ port: ports["only-a"]!, requests: 1000, clients: 5, pipeline }),
      ];
      assert.deepEqual([...through.keys()], [...without.keys()]);
      assert.equal(through.size, 20);
    });
  }
});

test("no reply was late, unknown or second; nothing was unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
