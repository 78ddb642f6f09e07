/** Traces in the emulator: what servers get, what the collector gets, and a collector that is away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, route, World } from "../framework/world.ts";
import { callsTo, type Span, spansOf } from "./otlp.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", SPAN = "00f067aa0ba902b7";
const SERVER = 2, CLIENT = 3;

const tracing = (config: Config = {}): Config => ({ service: "demo", filters: [{ name: "tracing", config: { otlp: { cluster: "otel" }, ...config } }] });

/** The value of a field of the last request that a server got. */
const field = (client: Client, name: string, cluster = "a"): string | undefined =>
  client.at(cluster).trimEnd().split("\n").at(-1)!.split(" ").find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);

/** All spans that were sent so far, and the collector's consent. */
function collect(world: World): Span[] {
  world.emulator.advance(1500);
  return callsTo(world.emulator, "otel").flatMap((each) => {
    world.emulator.calls.answerHttp(each, [[":status", "200"]]);
    return spansOf(each).spans;
  });
}

test("a trace is continued: the server's parent is the client span, the client span's is the server span, that one's the caller", async () => {
  const world = await World.open({ ...tracing(), clusters: { a: { endpoints: [{ address: "127.0.0.1:7001" }] } } }), client = world.client();
  client.send(call(1, "a", "", ` traceparent=00-${TRACE}-${SPAN}-01 tracestate=x=1`));
  client.lane("a").send(ok(1));
  assert.match(client.got(), /^ok 1/);
  const spans = collect(world), server = spans.find(({ kind }) => kind === SERVER)!, upstream = spans.find(({ kind }) => kind === CLIENT)!;
  assert.equal(spans.length, 2);
  assert.equal(field(client, "traceparent"), `00-${TRACE}-${upstream.id}-01`);
  assert.equal(field(client, "tracestate"), "x=1");
  assert.deepEqual([server.trace, upstream.trace, server.parent, upstream.parent], [TRACE, TRACE, SPAN, server.id]);
  assert.deepEqual([server.state, upstream.state], ["x=1", "x=1"]);
  assert.deepEqual([server.error, upstream.error], [false, false]);
  assert.equal(server.attributes["rpc.system.name"], "toy");
  assert.equal(server.attributes["rpc.response.status_code"], "0");
  assert.deepEqual([upstream.attributes["server.address"], upstream.attributes["server.port"]], ["127.0.0.1", 7001]);
  assert.deepEqual(spansOf(callsTo(world.emulator, "otel")[0]!).resource, { "service.name": "demo" });
});

test("a trace is begun where there is none, or what there is cannot be read; its ids differ", async () => {
  const world = await World.open(tracing()), client = world.client(), parents = new Set<string>();
  for (const [i, bad] of ["", ` traceparent=00-${TRACE}-${SPAN}`, ` traceparent=00-${"0".repeat(32)}-${SPAN}-01 tracestate=x=1`, ` traceparent=00-${TRACE}-${SPAN}-01 traceparent=00-${TRACE}-${SPAN}-01`, " traceparent=?"].entries()) {
    client.send(call(i, "a", "", bad));
    const parent = field(client, "traceparent")!;
    assert.match(parent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/);
    assert.equal(field(client, "tracestate"), undefined);
    parents.add(parent.slice(3, 35));
    client.lane("a").send(ok(i));
  }
  assert.equal(parents.size, 5);
  assert.ok(!parents.has(TRACE));
  assert.deepEqual(new Set(collect(world).filter(({ kind }) => kind === SERVER).map(({ parent }) => parent)), new Set([""]));
});

test("sampling: the parent decides; without one, the share, and servers hear of it", async () => {
  const world = await World.open(tracing({ share: 250_000 })), client = world.client();
  client.send(call(1, "a", "", ` traceparent=00-${TRACE}-${SPAN}-00`));
  assert.equal(field(client, "traceparent"), `00-${TRACE}-${SPAN}-00`);
  client.lane("a").send(ok(1));
  assert.deepEqual(collect(world), []);
  let sampled = 0;
  for (let i = 0; i < 4000; i++) {
    client.send(call(i, "a"));
    const flags = client.lane("a").received.subarray(-2).toString();
    assert.match(flags, /^[23]\n/);
    if (flags.startsWith("3")) sampled++;
    client.lane("a").send(ok(i));
  }
  assert.ok(Math.abs(sampled - 1000) < 120, String(sampled));
  assert.equal(collect(world).length, sampled * 2);
});

test("B3, in one key and in many, is read and written beside W3C's", async () => {
  const world = await World.open(tracing({ propagation: ["w3c", "b3", "b3multi"] })), client = world.client();
  client.send(call(1, "a", "", ` b3=${TRACE}-${SPAN}-1`));
  const first = field(client, "traceparent")!.split("-");
  assert.equal(first[1], TRACE);
  assert.equal(field(client, "b3"), `${TRACE}-${first[2]}-1`);
  assert.deepEqual([field(client, "x-b3-traceid"), field(client, "x-b3-spanid"), field(client, "x-b3-sampled")], [TRACE, first[2], "1"]);
  client.send(call(2, "a", "", ` X-B3-TraceId=${TRACE} X-B3-SpanId=${SPAN} X-B3-Sampled=0`));
  assert.equal(field(client, "traceparent"), undefined);
  assert.equal(field(client, "X-B3-SpanId"), SPAN);
  client.send(call(3, "a", "", " b3=0"));
  assert.match(field(client, "traceparent")!, /-02$/);
});

test("errors: the framework's own and the server's are errors of both spans, a caller's mistake only of the client's", async () => {
  const world = await World.open(tracing({ attributes: { "rpc.method": "verb", "enduser.id": "user" } })), client = world.client();
  client.send(call(1, "none", "", " user=me"));
  client.send(call(2, "a")).lane("a").send("error 2 0 code=9\n");
  client.send(call(3, "a")).lane("a").send("fail 3 0 code=8\n");
  client.settle();
  const [lost, ...rest] = collect(world);
  assert.deepEqual([lost!.kind, lost!.error, lost!.message, lost!.attributes["error.type"], lost!.attributes["enduser.id"]], [SERVER, true, "no route matches this request", "RouteNotFound", "me"]);
  assert.equal(lost!.name, "call");
  assert.equal(lost!.attributes["rpc.method"], "call");
  assert.deepEqual(rest.map(({ kind, error, attributes }) => [kind, error, attributes["rpc.response.status_code"], attributes["error.type"]]), [
    [SERVER, true, "9", "9"], [CLIENT, true, "9", "9"], [SERVER, false, "8", "8"], [CLIENT, true, "8", "8"],
  ]);
});

test("a message that cannot carry it passes as it came, with its spans; what else is to be changed in it is", async () => {
  const hold = { name: "hold", config: { key: "slow", value: "1", ms: 20 } };
  const world = await World.open({
    service: "demo", filters: [...tracing().filters as Config[], hold],
    routes: [route("a", { request: { set: { body: "changed" }, append: { body: "+" } } }), route("b"), route("c", { request: { set: { mark: "1" } } })],
  }), client = world.client();
  client.send(call(1, "b", "", " fixed=1"));
  assert.equal(client.at("b"), call(1, "b", "", " fixed=1"));
  client.lane("b").send(ok(1));
  for (const more of [" fixed=1", " fixed=1 slow=1"]) {
    const whole = call(2, "a", "body", more);
    client.send(whole.slice(0, -2)).send(whole.slice(-2));
    world.emulator.advance(50);
    assert.ok(client.at("a").endsWith(call(2, "a", "changed+", more)), client.at("a"));
    client.lane("a").send(ok(2));
  }
  client.send(call(3, "c", "", " fixed=1"));
  assert.match(client.got(), /error 3 .*BadRequest/);
  assert.equal(collect(world).length, 7);
});

test("a collector that is away, or slow: the queue is bounded, what is too much is dropped and counted, nothing waits", async () => {
  const world = await World.open(tracing({ otlp: { cluster: "otel", queueBytes: 65536, batchBytes: 4096 } })), client = world.client();
  const serve = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      client.send(call(i, "a"));
      client.lane("a").send(ok(i));
    }
    assert.equal(client.got().match(/^ok /gm)?.length, count);
  };
  serve(0, 2000);
  world.emulator.advance(1500);
  assert.equal(callsTo(world.emulator, "otel").length, 1);
  assert.ok(callsTo(world.emulator, "otel")[0]!.body.length < 65536 + 1024);
  serve(2000, 2000);
  const memory = world.emulator.memoryBytes();
  serve(4000, 4000);
  world.emulator.advance(1500);
  assert.equal(callsTo(world.emulator, "otel").length, 1, "one call at a time");
  world.emulator.calls.answerHttp(callsTo(world.emulator, "otel")[0]!, [[":status", "503"]]);
  world.emulator.advance(3000);
  assert.equal(callsTo(world.emulator, "otel").length, 2);
  serve(8000, 10);
  world.emulator.calls.answerHttp(callsTo(world.emulator, "otel")[1]!, [[":status", "200"]]);
  world.emulator.advance(3000);
  world.emulator.calls.answerHttp(callsTo(world.emulator, "otel")[2]!, [[":status", "200"]]);
  world.emulator.advance(3000);
  const [sent, dropped, failed] = ["sent", "dropped", "failed"].map((name) => world.count(`meltemi_telemetry_${name}`));
  assert.equal(sent! + dropped! + failed!, 16020);
  assert.ok(dropped! > 14000 && failed! > 100 && sent! > 100, `${sent} ${dropped} ${failed}`);
  assert.equal(world.emulator.memoryBytes(), memory);
});

test("configurations that cannot be are refused with their place", async () => {
  const refused = (config: Config, ...words: RegExp[]): Promise<void> => assert.rejects(World.open({ ...tracing(), filters: [{ name: "tracing", config }] }), (error: Error) => {
    for (const each of words) assert.match(error.message, each);
    return true;
  });
  await refused({}, /otlp: missing/);
  await refused({ otlp: {} }, /otlp\.cluster: missing/);
  await refused({ otlp: { cluster: "o", headers: { authorization: "secret\n" } } }, /headers\.\(hidden\)/, /^(?!.*secret)/);
  await refused({ otlp: { cluster: "o" }, share: 1_000_001 }, /share: found 1000001, allowed: a whole number of 0\.\.1000000/);
  await refused({ otlp: { cluster: "o" }, propagation: ["zipkin"] }, /propagation\[0\]: found "zipkin", allowed: w3c, b3, b3multi/);
  await refused({ otlp: { cluster: "o" }, convention: "soap" }, /convention: found "soap", allowed: rpc, database, messaging/);
});

test("Redis has no place for a trace: refused, unless none is asked for; then each command begins one", async () => {
  const redis = (propagation?: string[]): Promise<World> => World.of("redis", { service: "cache", defaultCluster: "a", filters: [{ name: "tracing", config: { otlp: { cluster: "otel" }, propagation } }] });
  await assert.rejects(redis(), /filters\[0\]\.config\.propagation: found "traceparent", which the codec/);
  const world = await redis([]), client = world.client();
  client.send("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  client.lane("a").send("-WRONGTYPE not this\r\n");
  assert.match(client.got(), /^-WRONGTYPE/);
  const [server, upstream] = collect(world);
  assert.equal(server!.name, "get");
  assert.deepEqual({ ...server!.attributes, "meltemi.route": undefined }, {
    "db.system.name": "redis", "db.operation.name": "get", "db.namespace": "0", "db.response.status_code": "WRONGTYPE", "error.type": "WRONGTYPE", "meltemi.route": undefined,
  });
  assert.deepEqual([server!.error, upstream!.error], [false, true]);
});
