/** Everything at once: every filter and policy on, endpoints that go away and come back, and clients that count what they get. */
import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer, whoami } from "../../examples/awesomerpc/peer/server.ts";
import { type RateLimitServer, startRateLimit } from "../../harness/peers/ratelimit/index.ts";
import { RespClient, RespError, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const CONNECTIONS = 4, IN_FLIGHT = 8;
/** An endpoint is away for so long, then there for so long. */
const AWAY_MS = 700, THERE_MS = 1500;
const TOKEN = "a soak's token", ISSUER = "the soak";
/** Nobody comes near it: that all are asked about is what counts. */
const LIMITS = "domain: soak\ndescriptors: [ { key: service, rate_limit: { unit: second, requests_per_unit: 1000000 } } ]\n";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = publicKey.export({ type: "spki", format: "pem" }) as string;

function signed(claims: object): string {
  const text = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

const JWT = signed({ iss: ISSUER, sub: "soaker", exp: Math.floor(Date.now() / 1000) + 86_400 });

/** What came of requests: each has one end. */
export interface Tally { sent: number; good: number; errors: number; lost: number; strays: number }

export interface Outcome {
  tallies: Record<string, Tally>;
  /** Resident memory of Envoy in bytes: after the first part, and at the end. */
  memory: { early: number; end: number };
  mesh: Mesh;
  stop(): Promise<void>;
}

/** Runs for so long; memory is first looked at after `warmMs`. */
export async function soak(ms: number, warmMs: number): Promise<Outcome> {
  const auth = createServer((request, answer) => answer.writeHead(request.headers["x-user"] === "mallory" ? 403 : 200).end());
  const sink = createServer((request, answer) => request.resume().on("end", () => answer.end("{}")));
  auth.keepAliveTimeout = sink.keepAliveTimeout = 0;
  for (const server of [auth, sink]) await once(server.listen(0, "127.0.0.1"), "listening");
  const awesome = await Promise.all(["v1", "v2", "v3"].map((name) => new AwesomeServer(name, whoami).start()));
  const limits = await startRateLimit(LIMITS);
  const redis = await Promise.all([startRedis(), startRedis()]), thrift = await Promise.all(["v1", "v2"].map((name) => startServer("python", { name, transport: "header" })));
  const mesh = await startMesh([
    ...service("awesome", "tcp-metaprotocol-awesomerpc", awesome.map(({ port }) => port), "user", "server", [auth, sink], limits),
    ...service("thrift", "tcp-thrift-framed-header-binary", thrift.map(({ port }) => port), "header.user", "INTERNAL_ERROR", [auth, sink], limits),
    ...service("redis", "tcp-redis-x", redis.map(({ port }) => port), "key", "LOADING", [auth, sink], limits),
  ].join("\n---\n"), { concurrency: 2 });
  const ports: Record<string, number> = {};
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[["awesome", "thrift", "redis"].find((name) => listener.includes(`${name}.example`))!] = port;
  const end = Date.now() + ms, tallies: Record<string, Tally> = {};
  const tally = (name: string): Tally => (tallies[name] ??= { sent: 0, good: 0, errors: 0, lost: 0, strays: 0 });
  const early = delay(warmMs).then(() => mesh.envoy.rss());
  const churn = churning(awesome, end);
  await Promise.all([
    ...Array.from({ length: CONNECTIONS }, () => awesomeLoad(ports.awesome!, end, tally("awesomerpc"))),
    ...Array.from({ length: CONNECTIONS }, (_, connection) => redisLoad(ports.redis!, connection, end, tally("redis"))),
    thriftLoad(ports.thrift!, end, tally("thrift")),
  ]);
  await churn;
  const memory = { early: await early, end: mesh.envoy.rss() };
  return { tallies, memory, mesh, stop: () => stopAll(mesh, limits, [auth, sink], awesome, redis, thrift) };
}

async function stopAll(mesh: Mesh, limits: RateLimitServer, http: Server[], awesome: AwesomeServer[], redis: RedisServer[], thrift: ThriftServer[]): Promise<void> {
  await mesh.envoy.stop();
  await limits.stop();
  for (const server of http) server.close().closeAllConnections();
  await Promise.allSettled([...awesome.map((server) => server.stop()), ...redis.map((server) => server.stop()), ...thrift.map((server) => server.kill())]);
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function service(name: string, portName: string, endpoints: number[], key: string, code: string, [auth, sink]: Server[], limits: RateLimitServer): string[] {
  const host = `${name}.example`, at = (server: Server): object => ({ host: "127.0.0.1", port: portOf(server) });
  const istio = (kind: string, spec: object): string => JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name }, spec });
  const otlp = { service: at(sink!) }, carries = name !== "redis", prefix = name === "thrift" ? "header." : "";
  return [
    serviceEntry(host, portName, endpoints.map((port, i) => [port, { version: `v${i + 1}` }])),
    istio("DestinationRule", { host, subsets: [{ name: "v1", labels: { version: "v1" } }], trafficPolicy: {
      loadBalancer: { simple: "ROUND_ROBIN" }, connectionPool: { http: { http2MaxRequests: 10_000 } },
      outlierDetection: { consecutive5xxErrors: 3, interval: "1s", baseEjectionTime: "1s", maxEjectionPercent: 50 },
    } }),
    istio("VirtualService", { hosts: [host], http: [{
      name: "all", route: [{ destination: { host } }], timeout: "5s", mirror: { host, subset: "v1" }, mirrorPercentage: { value: 5 },
      retries: { attempts: 3, retryOn: "connect,reset,server", backoff: "5ms", safe: true },
      fault: { delay: { fixedDelay: "5ms", percentage: { value: 1 } }, abort: { code, percentage: { value: 1 } } },
      ...(carries ? { headers: { request: { set: { [`${prefix}seen`]: `%REQ(${key})%` } } } } : {}),
    }] }),
    JSON.stringify({ apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name }, spec: {
      targetRef: { host }, metrics: {}, accessLog: { format: `%START_TIME% %REQ(${key})% %DURATION%`, share: 10_000, otlp },
      tracing: { otlp, share: 100_000, ...(carries ? {} : { propagation: [] }) },
      ...(carries ? { token: { key: `${prefix}token`, tokens: [TOKEN] }, jwt: { key: `${prefix}jwt`, issuer: ISSUER, keys: [{ pem: PEM }], claims: ["sub"] } } : {}),
      globalRateLimit: { domain: "soak", service: { host: "127.0.0.1", port: limits.port }, timeoutMs: 2000, descriptors: [[{ descriptorKey: "service", from: "service" }]] },
      auth: { rules: [{ name: "none", action: "deny", match: [{ [key]: { exact: "eve" } }] }], default: "allow" },
      extAuth: { service: at(auth!), headers: { "x-user": key }, onFailure: "allow", timeoutMs: 2000 },
      localRateLimit: { bucket: { max: 100_000, tokensPerFill: 100_000, fillMs: 1000 }, keys: [{ key, bucket: { max: 10_000, tokensPerFill: 10_000, fillMs: 1000 }, maxValues: 20 }] },
    } }),
  ];
}

/** One of the servers is always about to go, for a while. */
async function churning(servers: AwesomeServer[], end: number): Promise<void> {
  for (let i = 0; Date.now() < end - THERE_MS - AWAY_MS; i++) {
    const at = i % servers.length, server = servers[at]!, port = server.port;
    await server.stop();
    await delay(AWAY_MS);
    servers[at] = await new AwesomeServer(server.name, whoami).start(port);
    await delay(THERE_MS);
  }
}

const USERS = ["alice", "bob", "carol", "mallory", "eve"];
const userOf = (n: number): string => n % 40 === 0 ? USERS[3 + n / 40 % 2]! : USERS[n % 3]!;

async function awesomeLoad(port: number, end: number, tally: Tally): Promise<void> {
  const client = await AwesomeClient.connect(port);
  const caller = async (from: number): Promise<void> => {
    for (let n = from; Date.now() < end; n += IN_FLIGHT) {
      tally.sent++;
      const answer = await client.call({ user: userOf(n), token: TOKEN, jwt: JWT }, "x".repeat(n % 2000)).catch(() => undefined);
      tally[answer === undefined ? "lost" : answer.status === 0 ? "good" : "errors"]++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, i) => caller(i)));
  tally.strays += client.strays.length;
  await client.close();
}

/** Each reply must be that to its own command: the number that it was given. */
/** Each command in flight, of all connections, asks for another number of fields, none of which is there: so each answer tells whose it is. */
async function redisLoad(port: number, connection: number, end: number, tally: Tally): Promise<void> {
  const client = await RespClient.connect(port);
  for (let n = 0; Date.now() < end; n += IN_FLIGHT) {
    tally.sent += IN_FLIGHT;
    const counts = Array.from({ length: IN_FLIGHT }, (_, i) => connection * IN_FLIGHT + i + 1);
    const replies = await client.pipeline(counts.map((count, i) => ["HMGET", userOf(n + i), ...Array.from({ length: count }, (_, field) => field)])).catch(() => []);
    replies.forEach((reply, i) => {
      if (reply instanceof RespError) tally.errors++;
      else if (Array.isArray(reply) && reply.length === counts[i]) tally.good++;
      else tally.strays++;
    });
    tally.lost += IN_FLIGHT - replies.length;
  }
  await client.close();
}

async function thriftLoad(port: number, end: number, tally: Tally): Promise<void> {
  const client: ThriftClient = await startClient("go", { port, transport: "header" });
  for (let n = 0; Date.now() < end; n += 50) {
    const calls = Array.from({ length: 50 }, (_, i) => ({ method: "whoami", headers: { user: userOf(n + i), token: TOKEN, jwt: JWT } }));
    tally.sent += calls.length;
    const { results, errors } = await client.many({ count: calls.length, calls });
    const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, one) => all + one, 0);
    tally.good += sum(results);
    tally.errors += sum(errors);
    tally.lost += calls.length - sum(results) - sum(errors);
  }
  await client.stop();
}
