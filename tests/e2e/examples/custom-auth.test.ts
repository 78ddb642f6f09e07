/** examples/custom-auth: three protocols on the emulator, where the test is the service, and Redis on Envoy with the example's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import type { Bootstrap } from "../../../harness/envoy/config.ts";
import { FakeHcm } from "../../../harness/emulator/http2.ts";
import { Emulator } from "../../../harness/emulator/index.ts";
import { type EnvoyHandle, startEnvoy } from "../../../harness/envoy/envoy.ts";
import { command, RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../../harness/peers/redis/index.ts";
import { freePort, waitForPort } from "../../../harness/tools/net.ts";
import { ROOT } from "../../../harness/tools/paths.ts";
import { type Child, spawn } from "../../../harness/tools/process.ts";
import { recordedBytes } from "../../contract/vectors.ts";

const ROOM = join(ROOT, "examples/custom-auth"), WASM = join(ROOT, "build/custom-auth.wasm"), NO = "custom-auth does not allow this";

/** What servers speak must be said where filters close doors. */
const SPOKEN = { options: { transports: ["framed"], protocols: ["binary"] } };

it("its code has less than 60 lines", () => {
  const lines = readFileSync(join(ROOM, "filter.ts"), "utf8").split("\n").filter((line) => !/^\s*(\/\/|\/\*\*|\*|$)/.test(line));
  assert.ok(lines.length < 60, `${lines.length} lines`);
});

describe("custom-auth on the emulator", () => {
  const PROTOCOLS: [string, Buffer, string[], object][] = [
    ["redis", command("SET", "a\r\n", "1"), ["command", "key"], { command: ["set"], key: ["a\r\n"] }],
    ["redis", command("MGET", "a", "b"), ["key", "user"], { key: ["a", "b"], user: ["default"] }],
    ["thrift", Buffer.from("0000001180010001000000047069e96700000007" + "00", "hex"), ["method"], { method: ["pi\ufffdg"] }],
    ["dubbo", recordedBytes("dubbo", "java-hello-request"), ["interface", "method", "user"], { interface: ["org.meltemi.demo.Demo"], method: ["hello"], user: [] }],
  ];
  for (const [codec, request, keys, question] of PROTOCOLS) {
    it(`${codec}: asks for ${keys.join(", ")}, and does what it is told`, () => {
      for (const status of [200, 403, 500, 0]) {
        const emulator = Emulator.load(WASM), filters = [{ name: "customAuth", config: { cluster: "authz", keys } }];
        const root = emulator.createRoot(JSON.stringify({ codec, ...(codec === "thrift" ? SPOKEN : {}), defaultCluster: "a", filters }));
        const hcm = new FakeHcm({ onLane: (lane) => lane.accept("127.0.0.1:1") }), connection = emulator.newConnection(root, hcm);
        connection.downstream(request);
        emulator.drainQueues();
        const [asked] = emulator.calls.http;
        assert.deepEqual([hcm.lanes.length, connection.takeWritten().length], [0, 0], "it waits");
        assert.deepEqual(JSON.parse(asked!.body.toString()), question);
        assert.equal(asked!.cluster, "authz");
        emulator.calls.answerHttp(asked!, status ? [[":status", String(status)]] : []);
        emulator.drainQueues();
        if (status === 200) assert.deepEqual(hcm.lanes[0]!.received, request);
        else assert.ok(hcm.lanes.length === 0 && connection.takeWritten().includes(NO), `${status}`);
        connection.close();
        emulator.assertNoLeaks();
      }
    });
  }
});

describe("custom-auth on Envoy", () => {
  let server: RedisServer, service: Child, envoy: EnvoyHandle, client: RespClient, listener: number;

  before(async () => {
    const port = await freePort();
    [server, service] = await Promise.all([startRedis(), spawn(process.execPath, [join(ROOM, "peer/service.mjs"), String(port)], { name: "service" })]);
    await waitForPort(port);
    const ports: Record<number, number> = { 7000: 0, 6379: server.port, 8000: port };
    const bootstrap = parse(readFileSync(join(ROOM, "envoy.yaml"), "utf8"), (key: unknown, value: unknown) =>
      key === "port_value" ? ports[value as number] : key === "filename" ? join(ROOT, value as string) : value) as Bootstrap;
    envoy = await startEnvoy({ bootstrap });
    listener = [...(await envoy.listeners()).values()][0]!.port;
    client = await RespClient.connect(listener);
  });

  after(async () => {
    await Promise.allSettled([client?.close(), envoy?.stop(), service?.stop()]);
    await server?.stop();
  });

  const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

  it("does as its README says", async () => {
    assert.equal(await client.call("SET", "a", "1"), "OK");
    assert.equal(text(await client.call("SET", "secret:a", "1")), `NOPERM ${NO}`);
    assert.match(text(await client.call("flushall")), /^NOPERM /);
    assert.equal(await client.call("GET", "a"), "1");
  });

  it("500 commands in one write: each has its own answer, in order", async () => {
    const replies = await client.pipeline(Array.from({ length: 500 }, (_, i) => i % 5 ? ["SET", `k${i}`, String(i)] : ["GET", `secret${i}`]));
    replies.forEach((reply, i) => i % 5 ? assert.equal(reply, "OK") : assert.match(text(reply), /^NOPERM /));
  });

  it("without the service all is refused, and the connection goes on", async () => {
    await service.stop();
    assert.match(text(await client.call("GET", "a")), /^NOPERM /);
    assert.match(text(await client.call("GET", "a")), /^NOPERM /);
    assert.doesNotMatch(envoy.log(), /abort:|Uncaught|Function: proxy_on/);
  });
});
