/** What real clients count, and what Prometheus reads of Envoy: the same, for every protocol, over two workers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer, whoami } from "../../examples/awesomerpc/peer/server.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { RespClient, RespError, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { prometheus, type Sample, sums } from "./prometheus.ts";

let java: JavaServer, thriftServer: ThriftServer, redis: RedisServer, awesome: AwesomeServer, mesh: Mesh;
let dubbo: DubboClient, thrift: ThriftClient;
const ports: Record<string, number> = {};

before(async () => {
  [java, thriftServer, redis, awesome] = await Promise.all([
    startJavaServer({ name: "v1" }), startServer("python", { name: "v1", transport: "framed" }), startRedis(), new AwesomeServer("a", whoami).start(),
  ]);
  const names = ["shop", "stock", "cache", "greeter", "away"];
  mesh = await startMesh([
    serviceEntry("shop.example", "tcp-dubbo-shop", [[java.port]], { interface: "org.meltemi.demo.Demo" }),
    serviceEntry("stock.example", "tcp-thrift-stock", [[thriftServer.port]]),
    serviceEntry("cache.example", "tcp-redis-cache", [[redis.port]]),
    serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[awesome.port]]),
    serviceEntry("away.example", "tcp-metaprotocol-awesomerpc", [[await freePort()]]),
  ].join("\n---\n"), {
    concurrency: 2,
    plugin: (configuration) => ({ ...configuration, filters: [{ name: "metrics", config: configuration.codec === "awesomerpc" ? { labels: { method: "do" }, maxSeries: 20 } : {} }] }),
  });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[names.find((name) => listener.includes(name))!] = port;
  dubbo = await startGoClient({ port: ports.shop! });
  thrift = await startClient("python", { port: ports.stock! });
});

after(async () => {
  await Promise.allSettled([dubbo?.stop(), thrift?.stop(), mesh?.envoy.stop()]);
  await Promise.allSettled([java?.stop("SIGKILL"), thriftServer?.kill(), redis?.stop(), awesome?.stop()]);
});

/** What is there of a service once as many requests were counted; Envoy gets counts once a second, and merges histograms every five. */
function counted(service: string, requests: number): Promise<Sample[]> {
  return until(`${requests} requests of ${service}`, 20_000, async () => {
    const samples = (await prometheus(mesh.envoy, "istio_")).filter(({ labels }) => labels.destination_service === service);
    for (const metric of ["istio_requests_total", "istio_request_duration_milliseconds_count", "istio_response_bytes_count"]) assert.equal(sums(samples, metric)[""], requests);
    return samples;
  });
}

test("Dubbo: by method and outcome, with Istio's labels, their times and sizes", async () => {
  const { results, errors } = await dubbo.many({ count: 2000, concurrency: 16, calls: [{ method: "whoami" }, { method: "hello", args: ["x"] }, { method: "whoami" }, { method: "boom", args: ["x"] }] });
  const failed = Object.values(errors).reduce((sum, n) => sum + n, 0);
  assert.deepEqual([results.v1, failed], [1000, 500]);
  const samples = await counted("shop.example", 2000);
  assert.deepEqual(sums(samples, "istio_requests_total", "method", "outcome"), { "whoami ok": 1000, "hello ok": 500, "boom caller": 500 });
  const [one] = samples.filter(({ name, labels }) => name === "istio_requests_total" && labels.method === "whoami");
  assert.deepEqual(Object.keys(one!.labels).sort(), [
    "cluster", "destination_service", "method", "outcome", "reason", "reporter", "request_protocol", "response_code", "response_flags", "route",
  ]);
  assert.deepEqual([one!.labels.request_protocol, one!.labels.reporter, one!.labels.response_code, one!.labels.response_flags], ["dubbo", "source", "20", "-"]);
  assert.match(one!.labels.cluster!, /\|.*shop\.example$/);
  assert.deepEqual(sums(samples, "istio_request_duration_milliseconds_count", "method"), { whoami: 1000, hello: 500, boom: 500 });
  assert.ok(sums(samples, "istio_request_bytes_sum", "method").whoami! > 1000 * 100);
  assert.ok(sums(samples, "istio_response_bytes_sum", "method").boom! > sums(samples, "istio_response_bytes_sum", "method").hello!);
});

test("Thrift: declared exceptions are the caller's, no such method the server's", async () => {
  const { results, errors } = await thrift.many({ count: 400, calls: [{ method: "whoami" }, { method: "whoami" }, { method: "whoami" }, { method: "boom", args: ["declared"] }] });
  assert.deepEqual([results.v1, Object.values(errors).reduce((sum, n) => sum + n, 0)], [300, 100]);
  const samples = await counted("stock.example", 400), outcomes = sums(samples, "istio_requests_total", "method", "outcome");
  assert.equal(outcomes["whoami ok"], 300);
  assert.equal(sums(samples, "istio_requests_total", "method").boom, 100);
});

test("Redis: commands, errors, sizes to the byte, and what waits is in flight", async () => {
  const client = await RespClient.connect(ports.cache!), replies = await client.pipeline(Array.from({ length: 500 }, (_, i) => i % 5 === 4 ? ["LPUSH", "k", "x"] : i % 5 === 0 ? ["SET", "k", "v"] : ["GET", "k"]));
  assert.equal(replies.filter((reply) => reply instanceof RespError).length, 100);
  const samples = await counted("cache.example", 500);
  assert.deepEqual(sums(samples, "istio_requests_total", "method", "outcome"), { "set ok": 100, "get ok": 300, "lpush caller": 100 });
  const near = (actual: number | undefined, expected: number): void => assert.ok(Math.abs(actual! / expected - 1) < 0.05, `${actual}, expected ${expected}`);
  near(sums(samples, "istio_request_bytes_sum", "method").get, 300 * "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".length);
  near(sums(samples, "istio_response_bytes_sum", "method").get, 300 * "$1\r\nv\r\n".length);
  const inFlight = async (): Promise<number | undefined> => sums((await prometheus(mesh.envoy, "meltemi_requests_in_flight")).filter(({ labels }) => labels.destination_service === "cache.example"), "meltemi_requests_in_flight", "method").blpop;
  const waiting = client.call("BLPOP", "list", "0"), other = await RespClient.connect(ports.cache!);
  await until("one in flight", 10_000, async () => await inFlight() === 1);
  await other.call("RPUSH", "list", "x");
  assert.deepEqual(await waiting, ["list", "x"]);
  await until("none in flight", 10_000, async () => await inFlight() === 0);
  await Promise.all([client.close(), other.close()]);
});

test("AwesomeRPC: a key of the client's own as label; 250 values are twenty series of each worker, and one more", async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => AwesomeClient.connect(ports.greeter!)));
  for (let i = 0; i < 1000; i++) await clients[i % 4]!.call({ do: `strange ${i % 250}"\\;.;` });
  const samples = await counted("greeter.example", 1000), methods = sums(samples, "istio_requests_total", "method");
  assert.ok(Object.keys(methods).length <= 41, String(Object.keys(methods).length));
  assert.ok(methods.other! >= 800, String(methods.other));
  assert.ok(Object.keys(methods).every((name) => /^(other|strange_\d+___\._)$/.test(name)), Object.keys(methods).join("\n"));
  await Promise.all(clients.map((client) => client.close()));
});

test("a server that is not there: what the client gets for it is counted with its reason", async () => {
  const client = await AwesomeClient.connect(ports.away!);
  for (let i = 0; i < 3; i++) assert.notEqual((await client.call({ do: "it" })).status, 0);
  assert.deepEqual(sums(await counted("away.example", 3), "istio_requests_total", "method", "outcome", "response_flags", "reason"), { "it server UH NoHealthyUpstream": 3 });
  await client.close();
});

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
