/** What real servers and a real client library do with the made vectors: whether each is as broken as it says. */
import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { redisCli, type RedisServer, startRedis } from "../../../harness/peers/redis/index.ts";
import { type BadVector, bytesOf, type Cost } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";

/** What a server sends and does in this time is its answer. */
const PATIENCE_MS = 1000;
const PING = "*1\r\n$4\r\nPING\r\n";

const all = made();
const requests = all.filter(({ direction }) => direction === "request"), replies = all.filter(({ direction }) => direction === "response");

/** The codec gives up at once what a server gives up after 64 KiB, or would take. */
const WAITED_FOR = ["count-line-feed", "count-endless", "length-endless", "line-nul", "name-too-far"];
type Deed = "waits" | "closes" | "answers";
/** Where the two do not agree with each other. */
const OF_ONE: Record<"valkey" | "redis", Record<string, Deed>> = {
  // A backslash before the last quote of a line is itself.
  valkey: { "line-quote-escaped": "answers", "line-form-feed": "answers" },
  redis: { "line-form-feed": "answers", "count-cr-other": "answers", "count-huge": "closes", "count-huge-unknown": "closes", "quotes-name-behind": "closes", "first-nul": "waits", "second-nul": "waits" },
};
/** hiredis takes room for what is promised, knows no attributes yet, and takes -1 of anything for null. */
const NOT_OF_HIREDIS = /^reply-(cut-(array-huge|maps-wide|attribute-alone)|\w+-null)$/;

/** Whether a server closes the connection, answers (with what comes behind) or waits for more. */
function ask(port: number, vector: BadVector): Promise<{ did: Deed; said: string }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    const done = (did: Deed): void => {
      clearTimeout(timer);
      socket.removeAllListeners("close").destroy();
      resolve({ did, said });
    };
    const timer = setTimeout(() => done(said ? "answers" : "waits"), PATIENCE_MS);
    socket.on("data", (piece: Buffer) => {
      said += piece.toString("latin1");
      if (/pong/i.test(said)) done("answers");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => done("closes"));
    const goesOn = vector.costs === "message" || vector.costs === "keys";
    socket.write(Buffer.concat([bytesOf(vector), Buffer.from(goesOn ? PING : "")]));
  });
}

for (const kind of ["valkey", "redis"] as const) {
  describe(kind, () => {
    let server: RedisServer;
    before(async () => { server = await startRedis({ kind }); });
    after(() => server?.stop());

    test("what costs the connection costs it there, what is not whole is waited for, and what is read is read to its end", async () => {
      const expected: Partial<Record<Cost, Deed>> = { connection: "closes", time: "waits", message: "answers", keys: "answers" };
      const wrong: string[] = [];
      for (let from = 0; from < requests.length; from += 50) {
        await Promise.all(requests.slice(from, from + 50).map(async (vector) => {
          const { did, said } = await ask(server.port, vector), { name, costs } = vector;
          const wanted = OF_ONE[kind][name] ?? (WAITED_FOR.includes(name) ? "waits" : expected[costs]);
          if (did !== wanted || (did === "closes" && said && !said.startsWith("-ERR Protocol error: "))) wrong.push(`${name} ${did}: ${said.slice(0, 200)}`);
        }));
      }
      assert.deepEqual(wrong, []);
    });
  });
}

describe("hiredis, in redis-cli", () => {
  let server: Server, bytes: Buffer;
  before((_, done) => {
    server = createServer((socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end(bytes));
    }).listen(0, "127.0.0.1", done as () => void);
  });
  after(() => server?.close());

  test("a reply that costs the connection is a protocol error there, and one that is not whole is waited for", async () => {
    const wrong: string[] = [];
    for (const vector of replies.filter(({ name }) => !NOT_OF_HIREDIS.test(name))) {
      bytes = bytesOf(vector);
      const said = await redisCli({ port: (server.address() as AddressInfo).port }, ["get k"]);
      const is = vector.costs === "time" ? /Server closed the connection/ : /Protocol error|Bad (multi-bulk|bulk string) length|length out of range/;
      if (!is.test(said)) wrong.push(`${vector.name}: ${said.slice(0, 200)}`);
    }
    assert.deepEqual(wrong, []);
  });
});
