/** Access log of real clients: Envoy's log, and a real OpenTelemetry collector. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Collector, startCollector } from "../../harness/peers/otel/index.ts";
import { RespError } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Codec, type Observed, observe } from "./observed.ts";

let collector: Collector, world: Observed;

/** By codec: to Envoy's log, to the collector, errors alone. */
const CONFIG: Record<Codec, object> = {
  dubbo: { json: { log: "dubbo", method: "%REQ(method)%", user: "%REQ(user)%", by: "%RESP(served-by)%", ms: "%DURATION%", in: "%BYTES_RECEIVED%", out: "%BYTES_SENT%", code: "%RESPONSE_CODE%", cluster: "%CLUSTER%", host: "%UPSTREAM_HOST%" } },
  thrift: { otlp: { cluster: "otel", intervalMs: 100 } },
  redis: { format: "redis %REQ(command)% %REQ(key)% %RESP(error)% %BYTES_RECEIVED% %BYTES_SENT%", share: 0 },
  awesomerpc: { format: "awesome \"%REQ(user)%\" %RESPONSE_FLAGS% %START_TIME%", otlp: { cluster: "otel", intervalMs: 100 }, log: true },
};

before(async () => {
  collector = await startCollector();
  world = await observe(collector.port, (codec) => [{ name: "accessLog", config: CONFIG[codec] }]);
});

after(async () => {
  await world?.stop();
  await collector?.stop();
});

/** What stands in Envoy's log from a word on, each line once it is there. */
function logged(start: string, count: number): Promise<string[]> {
  return until(`${count} lines of ${start}`, 10_000, () => {
    const lines = world.mesh.envoy.log().split("\n").filter((line) => line.includes(start)).map((line) => line.slice(line.indexOf(start)));
    return lines.length >= count ? lines : null;
  });
}

test("Dubbo: JSON with keys of request and reply, one line for each call", async () => {
  assert.equal((await world.dubbo.call({ method: "hello", args: ["x"], attachments: { user: "ann" } })).ok, true);
  await world.dubbo.call({ method: "boom", args: ["x"] });
  const lines = (await logged('{"log":"dubbo"', 2)).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 2);
  assert.deepEqual(lines.map(({ method, user, code }) => [method, user, code]), [["hello", "ann", 20], ["boom", null, 20]]);
  assert.equal(lines[0]!.by, "v1");
  assert.match(String(lines[0]!.host), /^127\.0\.0\.1:\d+$/);
  assert.match(String(lines[0]!.cluster), /shop\.example$/);
  assert.ok(Number(lines[0]!.in) > 100 && Number(lines[0]!.out) > 30 && Number(lines[0]!.ms) >= 0);
});

test("Thrift: to the collector alone, with all that there is to say without naming a key", async () => {
  for (let i = 0; i < 20; i++) await world.plain.call({ method: "whoami" });
  const records = await until("20 records", 15_000, () => {
    const found = collector.logs().filter(({ resource }) => resource["service.name"] === "stock.example");
    return found.length >= 20 ? found : null;
  });
  assert.equal(records.length, 20);
  const { start_time, ...line } = JSON.parse(records[0]!.body) as Record<string, unknown>;
  assert.equal(BigInt(Date.parse(String(start_time))), records[0]!.time / 1_000_000n);
  assert.deepEqual([line.protocol, line.service, line.method, line.response_flags, line.attempts, records[0]!.severity], ["thrift", "stock.example", "whoami", null, 1, "INFO"]);
  assert.doesNotMatch(world.mesh.envoy.log(), /"protocol":"thrift"/);
});

test("Redis: errors alone", async () => {
  assert.equal(await world.redis.call("SET", "k", "v"), "OK");
  assert.ok(await world.redis.call("LPUSH", "k", "x") instanceof RespError);
  const lines = await logged("redis lpush", 1), reply = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
  assert.deepEqual(lines, [`redis lpush k WRONGTYPE ${"*3\r\n$5\r\nLPUSH\r\n$1\r\nk\r\n$1\r\nx\r\n".length} ${reply.length}`]);
  assert.doesNotMatch(world.mesh.envoy.log(), /redis set/);
});

test("AwesomeRPC: to both; what a peer writes stays in its place", async () => {
  await world.awesome.call({ user: "a\" NR\t\u001b" });
  const [line] = await logged('awesome "', 1);
  assert.match(line!, /^awesome "a\\x22 NR\\x09\\x1b" - \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const record = await until("a record", 15_000, () => collector.logs().find(({ resource }) => resource["service.name"] === "greeter.example"));
  assert.equal(record.body, line);
});

test("no VM has died", () => assert.doesNotMatch(world.mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
