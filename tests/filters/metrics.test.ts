/** Metrics in the emulator: what is counted by which labels, its bounds, and what it costs in host calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "../framework/world.ts";

const metrics = (config: Config = {}): Config => ({ service: "demo.example", filters: [{ name: "metrics", config: { labels: { method: "method" }, ...config } }] });

/** Labels and values of all series of a metric. */
function series(world: World, name: string): [Record<string, string>, number][] {
  world.emulator.advance(1500);
  return Object.entries(world.emulator.metrics.all()).filter(([metric]) => metric.startsWith(`${name};.;`)).map(([metric, value]) => {
    const pairs = metric.split(";.;").slice(1, -1).map((pair) => pair.split("=.="));
    return [Object.fromEntries(pairs) as Record<string, string>, value];
  });
}

const request = (id: number, to: string, method: string, more = ""): string => call(id, to, "", ` method=${method}${more}`);

test("requests by method, route, cluster, outcome, code and reason; their times and sizes", async () => {
  const world = await World.open(metrics()), client = world.client();
  client.send(request(1, "a", "get") + request(2, "a", "get") + request(3, "a", "set") + request(4, "b", "get") + request(5, "none", "get"));
  world.emulator.advance(30);
  client.lane("a").send(ok(1, "hello", " code=3") + ok(2, "hello", " code=3") + "error 3 0 code=5\n");
  client.lane("b").send("fail 4 0 code=6\n");
  client.settle();
  const common = { reporter: "source", request_protocol: "toy", destination_service: "demo.example" };
  assert.deepEqual(series(world, "istio_requests_total"), [
    [{ ...common, method: "get", route: "-", cluster: "-", outcome: "server", response_code: "0", response_flags: "NR", reason: "RouteNotFound" }, 1],
    [{ ...common, method: "get", route: "-", cluster: "a", outcome: "ok", response_code: "3", response_flags: "-", reason: "-" }, 2],
    [{ ...common, method: "set", route: "-", cluster: "a", outcome: "server", response_code: "5", response_flags: "-", reason: "-" }, 1],
    [{ ...common, method: "get", route: "-", cluster: "b", outcome: "caller", response_code: "6", response_flags: "-", reason: "-" }, 1],
  ]);
  const name = (metric: string): string => Object.keys(world.emulator.metrics.all()).find((each) => each.startsWith(metric) && each.includes("response_code=.=3"))!;
  assert.deepEqual(world.emulator.metrics.samples(name("istio_request_duration_milliseconds")), [30, 30]);
  assert.deepEqual(world.emulator.metrics.samples(name("istio_request_bytes")), [request(1, "a", "get").length, request(2, "a", "get").length]);
  assert.deepEqual(world.emulator.metrics.samples(name("istio_response_bytes")), [ok(1, "hello", " code=3").length, ok(2, "hello", " code=3").length]);
});

test("in flight: from the request to its end, whatever ends it", async () => {
  const world = await World.open(metrics()), client = world.client(), inFlight = (): number => series(world, "meltemi_requests_in_flight").reduce((sum, [, n]) => sum + n, 0);
  client.send(request(1, "a", "get") + request(2, "a", "set") + "tell 3 0 to=a method=get\n" + request(4, "none", "get"));
  assert.equal(inFlight(), 2);
  client.lane("a").send(ok(1));
  client.settle();
  assert.equal(inFlight(), 1);
  client.connection.close();
  client.settle();
  assert.equal(inFlight(), 0);
  const flags = series(world, "istio_requests_total").map(([labels, n]) => [labels.method, labels.response_flags, n]);
  assert.deepEqual(flags, [["get", "-", 2], ["get", "NR", 1], ["set", "DC", 1]]);
});

test("values of peers: what could break a name is replaced, long ones are cut, hidden and absent are unknown", async () => {
  const world = await World.open(metrics()), client = world.client();
  for (const [i, value] of ["a;.;b=.=c", "\"quoted\"\\", "ä", "x".repeat(300), "?", "org.example.Demo:say/Hello$1"].entries()) {
    client.send(request(i, "a", value));
    client.lane("a").send(ok(i));
  }
  client.send(call(99, "a")).lane("a").send(ok(99));
  client.settle();
  assert.deepEqual(series(world, "istio_requests_total").map(([labels, n]) => [labels.method, n]), [
    ["a_._b_._c", 1], ["_quoted__", 1], ["_", 1], ["x".repeat(64), 1], ["unknown", 2], ["org.example.Demo:say/Hello$1", 1],
  ]);
});

test("series are bounded: further ones are one, and none of them is lost", async () => {
  const world = await World.open(metrics({ maxSeries: 10 })), client = world.client();
  for (let i = 0; i < 1000; i++) {
    client.send(request(i, "a", `m${i}`));
    client.lane("a").send(ok(i));
  }
  client.settle();
  const all = series(world, "istio_requests_total"), other = all.find(([labels]) => labels.method === "other")!;
  assert.equal(all.length, 11);
  assert.equal(all.reduce((sum, [, n]) => sum + n, 0), 1000);
  assert.deepEqual(other, [{ ...other[0], route: "other", cluster: "other", outcome: "other", response_code: "other", response_flags: "other", reason: "other" }, 990]);
  assert.equal(series(world, "meltemi_requests_in_flight").reduce((sum, [, n]) => sum + n, 0), 0);
});

test("the cost of a request: three host calls and the clock's, and no memory", async () => {
  const world = await World.open(metrics()), plain = await World.open({ service: "demo.example" });
  const calls = (of: World, count: number): number => {
    const client = of.client();
    const serve = (): void => {
      for (let i = 0; i < count; i++) client.send(request(i, "a", "get")).lane("a").send(ok(i));
    };
    serve();
    of.emulator.resetCalls();
    const memory = of.emulator.memoryBytes();
    serve();
    assert.equal(of.emulator.memoryBytes(), memory);
    return ["proxy_record_metric", "proxy_increment_metric", "proxy_define_metric", "proxy_get_current_time_nanoseconds"].reduce((sum, name) => sum + of.emulator.hostCalls(name), 0) / count;
  };
  const with_ = calls(world, 1000), without = calls(plain, 1000);
  assert.equal(world.emulator.hostCalls("proxy_record_metric"), 3000);
  assert.ok(with_ - without <= 5.01, `${with_} and ${without}`);
});

test("configurations that cannot be are refused with their place", async () => {
  const refused = (config: Config, message: RegExp): Promise<void> => assert.rejects(World.open({ filters: [{ name: "metrics", config }] }), message);
  await refused({ labels: { "no-label": "x" } }, /labels\["?no-label"?\]|labels\.no-label: allowed/);
  await refused({ labels: { cluster: "x" } }, /labels\.cluster: allowed/);
  await refused({ labels: { a: "1", b: "2", c: "3", d: "4", e: "5" } }, /labels: found an object, allowed: at most 4/);
  await refused({ maxSeries: 0 }, /maxSeries: found 0/);
  await refused({ reporter: "me" }, /reporter: found "me", allowed: source, destination/);
});

test("in flight when the listener goes: what ended since the last tick is told", async () => {
  const world = await World.open(metrics()), client = world.client().send(request(1, "a", "get"));
  const level = (): number => Object.entries(world.emulator.metrics.all()).reduce((sum, [metric, n]) => metric.startsWith("meltemi_requests_in_flight") ? sum + n : sum, 0);
  world.emulator.advance(1500);
  assert.equal(level(), 1);
  client.connection.close();
  world.emulator.removeRoot(world.root);
  assert.equal(level(), 0);
});
