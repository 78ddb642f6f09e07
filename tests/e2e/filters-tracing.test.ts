/** Traces of real clients in a real OpenTelemetry collector: ids, parents, attributes; and what happens while it is away. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RespError } from "../../harness/peers/redis/index.ts";
import { type Collector, type Span, startCollector } from "../../harness/peers/otel/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Observed, observe } from "./observed.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", CALLER = "00f067aa0ba902b7", PARENT = `00-${TRACE}-${CALLER}-01`;
const SERVER = 2, CLIENT = 3;

let collector: Collector, world: Observed;

before(async () => {
  collector = await startCollector();
  world = await observe(collector.port, (codec) => [{ name: "tracing", config: {
    otlp: { cluster: "otel", intervalMs: 100, batchBytes: 4096, queueBytes: 65536 }, ...(codec === "redis" ? { propagation: [] } : { propagation: ["w3c", "b3"] }),
  } }]);
});

after(async () => {
  await world?.stop();
  await collector?.stop();
});

/** Server and client span of the last request of a service, once so many of its spans are there. */
async function pair(service: string, spans: number): Promise<[Span, Span]> {
  const all = await until(`${spans} spans of ${service}`, 15_000, () => {
    const found = collector.spans().filter(({ resource }) => resource["service.name"] === service);
    return found.length >= spans ? found : null;
  });
  assert.equal(all.length, spans);
  return [all.filter(({ kind }) => kind === SERVER).at(-1)!, all.filter(({ kind }) => kind === CLIENT).at(-1)!];
}

/** A trace that goes on: the server saw the client span as its caller. */
function continued([server, client]: [Span, Span], seen: string | undefined): void {
  assert.deepEqual([server.traceId, client.traceId, server.parentSpanId, client.parentSpanId], [TRACE, TRACE, CALLER, server.spanId]);
  assert.equal(seen, `00-${TRACE}-${client.spanId}-01`);
  assert.ok(server.start <= client.start && client.start <= client.end && client.end <= server.end);
}

test("Dubbo: in attachments", async () => {
  const { value } = await world.dubbo.call({ method: "attachments", attachments: { traceparent: PARENT, tracestate: "x=1" } });
  const seen = JSON.parse(String(value)) as Record<string, string>, [server, client] = await pair("shop.example", 2);
  continued([server, client], seen.traceparent);
  assert.deepEqual([seen.tracestate, server.traceState, client.traceState], ["x=1", "x=1", "x=1"]);
  assert.equal(seen.b3, `${TRACE}-${client.spanId}-1`);
  assert.equal(server.name, "org.meltemi.demo.Demo/attachments");
  assert.deepEqual({ ...client.attributes, "server.port": 0, "meltemi.cluster": "" }, {
    "rpc.system.name": "dubbo", "rpc.system": "dubbo", "rpc.service": "org.meltemi.demo.Demo", "rpc.method": "org.meltemi.demo.Demo/attachments",
    "rpc.response.status_code": client.attributes["rpc.response.status_code"], "server.address": "127.0.0.1", "server.port": 0, "meltemi.cluster": "",
  });
  assert.deepEqual([server.error, client.error], [false, false]);
});

test("Dubbo: an exception of the application is an error of the client span; a new trace where none was", async () => {
  assert.equal((await world.dubbo.call({ method: "boom", args: ["x"] })).ok, false);
  const [server, client] = await pair("shop.example", 4);
  assert.deepEqual([server.parentSpanId, client.parentSpanId, server.error, client.error], ["", server.spanId, false, true]);
  assert.notEqual(server.traceId, TRACE);
});

test("Thrift: in THeaders; without them the call passes as it is, with spans of its own", async () => {
  const { value } = await world.thrift.call({ method: "headers", headers: { traceparent: PARENT } });
  const seen = (value ?? {}) as Record<string, string>, both = await pair("stock.example", 2);
  continued(both, seen.traceparent);
  assert.equal(both[0].attributes["rpc.method"], "headers");
  const plain = await world.plain.call({ method: "whoami" });
  assert.equal(plain.value, "v1", plain.error);
  const [server, client] = await pair("stock.example", 4);
  assert.deepEqual([server.parentSpanId, client.parentSpanId, server.name], ["", server.spanId, "whoami"]);
});

test("AwesomeRPC: in headers, B3 and W3C", async () => {
  const { body } = await world.awesome.call({ b3: `${TRACE}-${CALLER}-1` });
  const { headers } = JSON.parse(body.toString()) as { headers: [string, string][] };
  continued(await pair("greeter.example", 2), headers.find(([name]) => name === "traceparent")?.[1]);
});

test("Redis: each command is a trace, by the conventions for databases", async () => {
  assert.equal(await world.redis.call("SET", "k", "v"), "OK");
  assert.ok(await world.redis.call("LPUSH", "k", "x") instanceof RespError);
  const [server, client] = await pair("cache.example", 4);
  assert.deepEqual([client.name, client.attributes["db.system.name"], client.attributes["db.operation.name"], client.attributes["db.namespace"]], ["lpush", "redis", "lpush", "0"]);
  assert.deepEqual([client.attributes["db.response.status_code"], client.attributes["error.type"], client.error, server.error], ["WRONGTYPE", "WRONGTYPE", true, false]);
  assert.notEqual(collector.spans().find(({ attributes }) => attributes["db.operation.name"] === "set")!.traceId, server.traceId);
});

test("2,000 calls: as many traces, each of two spans, no id twice", async () => {
  const { errors } = await world.dubbo.many({ count: 2000, concurrency: 16, calls: [{ method: "whoami" }] });
  assert.deepEqual(errors, {});
  const counts = async (): Promise<number[]> => Promise.all(["sent", "dropped", "failed"].map((name) => world.mesh.count(`meltemi_telemetry_${name}.*shop`)));
  await until("all spans told of", 15_000, async () => (await counts()).reduce((sum, n) => sum + n, 0) === 4004);
  const [sent, , failed] = await counts(), spans = collector.spans().filter(({ resource }) => resource["service.name"] === "shop.example");
  assert.equal(failed, 0);
  assert.equal(spans.length, sent);
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
  assert.ok(spans.length > 1000, String(spans.length));
});

test("the collector is away: calls go on as fast, spans are dropped and counted, memory is bounded; then it is back", async () => {
  const serve = async (): Promise<number> => {
    const { errors, millis } = await world.dubbo.many({ count: 3000, concurrency: 16, calls: [{ method: "whoami" }] });
    assert.deepEqual(errors, {});
    return millis;
  };
  const with_ = await serve();
  await collector.stop();
  await serve();
  const rss = world.mesh.envoy.rss(), without = await serve();
  assert.ok(without < with_ * 3 + 1000, `${without} ms, ${with_} ms with it`);
  assert.ok(world.mesh.envoy.rss() - rss < 16 << 20);
  await until("spans lost", 10_000, async () => await world.mesh.count("meltemi_telemetry_(dropped|failed).*shop") > 3000);
  collector = await startCollector(collector.port);
  await until("spans again", 15_000, async () => {
    await world.dubbo.call({ method: "whoami" });
    return collector.spans().length > 0;
  });
});

test("no VM has died", () => assert.doesNotMatch(world.mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
