import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import * as bytes from "../../../codecs/dubbo/vectors/bytes.ts";
import { until } from "../../tools/wait.ts";
import { startGoClient, startJavaClient, startJavaServer, type DubboClient, type JavaServer } from "./index.ts";
import { startTap, type Tap } from "./tap.ts";

const SETUP_MS = 1_000_000;
const ITEM = { id: 7, name: "lamp", color: "GREEN", tags: ["a", "b"], counts: { k: 5 }, self: true };
const MIX = [{ a: 1, b: "two", c: null, d: 1.5 }, [1, "x", true, 12345678901], 9007199254740, 2.5, "AAEC/w==", 1700000000000];

let server: JavaServer;
let tap: Tap;

before(async () => {
  server = await startJavaServer({ name: "v1" });
  tap = await startTap(server.port);
}, { timeout: SETUP_MS });

after(async () => {
  await tap.stop();
  await server.stop();
});

for (const [language, start] of [["Java", startJavaClient], ["Go", startGoClient]] as const) {
  describe(`${language} client, Java server`, () => {
    let client: DubboClient;
    let connectionsBefore: number;

    before(async () => {
      connectionsBefore = tap.connections();
      client = await start({ port: tap.port });
    }, { timeout: SETUP_MS });

    after(() => client.stop());

    test("hello, with the server's attachment on the reply", async () => {
      const result = await client.call({ method: "hello", args: ["ann"] });
      assert.equal(result.value, "hello ann from v1");
      assert.equal(result.responseAttachments?.["served-by"], "v1");
    });

    test("echo of an object with enum and self reference", async () => {
      assert.deepEqual((await client.call({ method: "echo", args: [ITEM] })).value, ITEM);
    });

    test("mix of all types", async () => {
      const [map, list, big, real, bytes, date] = MIX;
      assert.deepEqual((await client.call({ method: "mix", args: MIX })).value, { map, list, big, real, bytes, date });
    });

    test("boom arrives as the server's exception", async () => {
      const result = await client.call({ method: "boom", args: ["bang"] });
      assert.deepEqual([result.ok, result.class, result.cause], [false, "org.meltemi.demo.DemoException", "bang"]);
    });

    test("slow, whoami, nothing", async () => {
      assert.equal((await client.call({ method: "slow", args: [20, "late"] })).value, "late");
      assert.equal((await client.call({ method: "whoami" })).value, "v1");
      assert.equal((await client.call({ method: "nothing" })).value, null);
    });

    test("attachments reach the server", async () => {
      const result = await client.call({ method: "attachments", attachments: { user: "test" } });
      assert.equal((JSON.parse(String(result.value)) as Record<string, string>).user, "test");
    });

    test("generic call", async () => {
      assert.equal((await client.call({ method: "hello", args: ["gen"], generic: true })).value, "hello gen from v1");
    });

    test("one-way call runs and is not waited for", async () => {
      const count = async (): Promise<number> => Number((await client.call({ method: "calls", args: ["slow"] })).value);
      const earlier = await count();
      assert.equal((await client.call({ method: "slow", args: [1, "x"], oneway: true })).ok, true);
      await tap.find("one-way", ({ direction, bytes }) => direction === "request" && (bytes[2]! & 0x60) === 0 && bytes.includes("slow"));
      // the server runs calls of one connection at the same time: ask until it has begun this one
      for (const end = Date.now() + 5000; await count() === earlier;) assert.ok(Date.now() < end, "the one-way call never ran");
    });

    test("a timeout is an error of the client library", async () => {
      const result = await client.call({ method: "slow", args: [1500, "x"], timeout: 200 });
      assert.equal(result.ok, false);
      assert.match(String(result.error), /time ?out/i);
    });

    test("many calls at a time, answers told apart", async () => {
      const calls = [{ method: "hello", args: ["ann-{n}"] }, { method: "slow", args: [1, "tag-{n}"] }];
      const totals = await client.many({ count: 400, concurrency: 20, calls });
      assert.deepEqual(totals.results, { "hello ann-{n} from v1": 200, "tag-{n}": 200 });
      assert.deepEqual(totals.errors, {});
    });

    test("one TCP connection for all of it", () => assert.equal(tap.connections() - connectionsBefore, 1));
  });
}

test("a version that nobody offers is an error with the server's text", async () => {
  const client = await startJavaClient({ port: server.port, version: "9.9.9" });
  try {
    const result = await client.call({ method: "hello", args: ["ann"] });
    assert.equal(result.ok, false);
    assert.match(String(result.cause), /Fail to decode request due to/);
  } finally {
    await client.stop();
  }
});

test("a graceful stop says READONLY to the client", async () => {
  const leaving = await startJavaServer({ name: "leaving", interface: "org.meltemi.demo.Other", shutdownWaitMs: 300 });
  const own = await startTap(leaving.port);
  const client = await startJavaClient({ port: own.port, interface: "org.meltemi.demo.Other" });
  try {
    assert.equal((await client.call({ method: "whoami" })).value, "leaving");
    await leaving.stop();
    const event = await own.find("READONLY", ({ direction, bytes }) => direction === "response" && (bytes[2]! & 0x20) !== 0);
    assert.equal(event.bytes.subarray(16).toString("latin1"), "\x01R");
  } finally {
    await client.stop();
    await own.stop();
    await leaving.stop();
  }
});

test("dubbo-go drops an answer now and then that it reads together with the end of its connection", async () => {
  const PATIENCE_MS = 500, IS_CALL = 0x80, IS_EVENT = 0x20;
  let answered = 0;
  const hasty = createServer((socket) => socket.on("error", () => socket.destroy()).on("data", (asked: Buffer) => {
    if ((asked[2]! & (IS_CALL | IS_EVENT)) !== IS_CALL) return;
    answered++;
    socket.end(bytes.frame(bytes.join(bytes.bytes(0x91), bytes.short("x")), { flags: bytes.RESPONSE, status: 20, id: asked.readBigUInt64BE(4) }));
  }));
  await once(hasty.listen(0, "127.0.0.1"), "listening");
  const client = await startGoClient({ port: (hasty.address() as AddressInfo).port });
  try {
    let heard = 0;
    await until("an answer is dropped", 120_000, async () => {
      const { ok } = await client.call({ method: "whoami", timeout: PATIENCE_MS });
      if (ok) heard++;
      return answered > heard;
    });
  } finally {
    await client.stop();
    hasty.close();
  }
});
