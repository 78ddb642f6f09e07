/** The example protocol on the real Envoy: shares, spreads, order, one-way, and bytes cut at any place. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { encode, type Frame, FrameType } from "../../examples/awesomerpc/peer/protocol.ts";
import { AwesomeServer, type Handler, whoami } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const HOST = "greeter.example", PORT_NAME = "tcp-metaprotocol-awesomerpc";

/** Does what the header `do` says. */
const obedient: Handler = (request, server, socket) => {
  const wish = header(request, "do");
  if (wish === "twice") socket.write(reply(request.id, "one more"));
  if (wish === "strange") socket.write(reply(0xdeadbeef, "nobody's"));
  if (wish === "cut") {
    socket.end(reply(request.id, "x".repeat(200_000)).subarray(0, 150_000));
    return null;
  }
  if (wish === "die") {
    socket.destroy();
    return null;
  }
  if (wish === "rubbish") {
    socket.write("this is no AwesomeRPC at all");
    return null;
  }
  return whoami(request, server, socket);
};

let servers: AwesomeServer[], mesh: Mesh, client: AwesomeClient;

before(async () => {
  servers = await Promise.all(["a", "b", "c"].map((name) => new AwesomeServer(name, obedient).start()));
  const endpoints = servers.map(({ port, name }): [number, Record<string, string>] => [port, { name }]);
  const subsets = servers.map(({ name }) => ({ name, labels: { name } }));
  const destination = (subset?: string): object => ({ destination: { host: HOST, ...(subset ? { subset } : {}) } });
  mesh = await startMesh([
    serviceEntry(HOST, PORT_NAME, endpoints),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "greeter" },
      spec: { host: HOST, subsets, trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } } } }),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "greeter" }, spec: { hosts: [HOST], http: [
      { name: "a", match: [{ headers: { to: { exact: "a" } } }], route: [destination("a")],
        headers: { request: { set: { marked: "yes" }, add: { more: "1" }, remove: ["secret"] }, response: { set: { by: "meltemi" }, remove: ["server"] } } },
      { name: "split", match: [{ headers: { to: { exact: "split" } } }], route: [{ ...destination("a"), weight: 30 }, { ...destination("b"), weight: 70 }] },
      { name: "all", match: [{ headers: { to: { regex: "al+" } } }], route: [destination()] },
    ] } }),
  ].join("\n---\n"));
  client = await AwesomeClient.connect(mesh.ports[0]!);
});

after(async () => {
  await client?.close();
  await mesh?.envoy.stop();
  await Promise.all((servers ?? []).map((server) => server.stop()));
});

test("a route's changes to requests and replies", async () => {
  const answer = await client.call({ to: "a", Secret: "1", marked: "no", more: "0" });
  const { server, headers } = JSON.parse(answer.body.toString()) as { server: string; headers: [string, string][] };
  assert.equal(server, "a");
  assert.deepEqual(headers, [["to", "a"], ["more", "0"], ["marked", "yes"], ["more", "1"]]);
  assert.deepEqual(answer.headers, [["by", "meltemi"]]);
});

test("no route: an error in the protocol's words, and the connection goes on", async () => {
  const answer = await client.call({ to: "nowhere" });
  assert.equal(answer.status, 2);
  assert.match(answer.body.toString(), /no route matches/);
  assert.equal((await client.call({ to: "all" })).status, 0);
});

test("10,000 pipelined requests of one connection over three endpoints: 33 % each", async () => {
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => client.call({ to: "all" })));
  const shares = tally(answers);
  assert.equal(Object.keys(shares).length, 3);
  for (const [name, n] of Object.entries(shares)) assert.ok(Math.abs(n / 10_000 - 1 / 3) < 0.03, `${name} got ${n}`);
});

test("30/70 over 100,000 requests, within a point", async () => {
  const shares: Record<string, number> = {};
  for (let round = 0; round < 50; round++) {
    const answers = await Promise.all(Array.from({ length: 2000 }, () => client.call({ to: "split" })));
    for (const [name, n] of Object.entries(tally(answers))) shares[name] = (shares[name] ?? 0) + n;
  }
  assert.ok(Math.abs(shares.a! / 100_000 - 0.3) < 0.01, JSON.stringify(shares));
});

test("one-way requests reach a server, pings do not, and nothing stray comes back", async () => {
  const before = total(FrameType.Oneway);
  for (let i = 0; i < 100; i++) client.oneway({ to: "all" });
  assert.equal((await client.ping()).type, FrameType.Pong);
  await until("all one-way requests have come", 5000, () => total(FrameType.Oneway) === before + 100);
  assert.equal(total(FrameType.Ping), 0);
  assert.deepEqual(client.strays, []);
});

test("frames cut at any byte, many in one write", async () => {
  const other = await AwesomeClient.connect(mesh.ports[0]!);
  const bytes = Buffer.concat([1, 2, 3].map((id) => other.request(FrameType.Request, id, { to: "all" }, `body ${id}`)));
  const answers = [1, 2, 3].map((id) => other.expect(id));
  for (const byte of bytes) {
    other.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 0);
  await other.close();
});

test("a server that answers twice, or with an id nobody asked for, confuses nothing", async () => {
  for (const wish of ["twice", "strange"]) {
    assert.equal((await client.call({ to: "all", do: wish })).status, 0);
    assert.equal((await client.call({ to: "all" })).status, 0);
  }
  assert.deepEqual(client.strays, []);
  await until("both are counted", 5000, async () => (await mesh.count("meltemi_unknown_replies")) >= 2);
});

test("a server that dies, or answers rubbish: one error for each request, the connection goes on", async () => {
  for (const wish of ["die", "rubbish"]) {
    const answer = await client.call({ to: "a", do: wish });
    assert.equal(answer.status, 2);
    assert.match(answer.body.toString(), /closed the connection before it answered/);
  }
  await until("the server is used again", 10_000, async () => (await client.call({ to: "a" })).status === 0);
  assert.deepEqual(client.strays, []);
});

test("an answer cut in the middle: the connection closes, and that is counted", async () => {
  const other = await AwesomeClient.connect(mesh.ports[0]!);
  await assert.rejects(other.call({ to: "all", do: "cut" }), /connection closed/);
  await other.closed;
  await until("it is counted", 5000, async () => (await mesh.count("meltemi_cut_answers")) === 1);
  assert.equal((await client.call({ to: "all" })).status, 0, "others go on");
});

test("large bodies stream both ways, and Envoy's memory stays flat", async () => {
  const before = mesh.envoy.rss();
  const answer = await client.call({ to: "all" }, Buffer.alloc(64 << 20, 0x61));
  assert.equal(answer.status, 0);
  assert.ok(mesh.envoy.rss() - before < 48 << 20, `grew by ${(mesh.envoy.rss() - before) >> 20} MiB`);
});

test("consistent hash: a key's value picks the endpoint, the same on every connection", async () => {
  const host = "hashed.example";
  const hashed = await startMesh([
    serviceEntry(host, PORT_NAME, servers.map(({ port }): [number] => [port])),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "hashed" },
      spec: { host, trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: "user" } } } } }),
  ].join("\n---\n"));
  try {
    const places: Record<string, Set<string>> = {};
    for (let connection = 0; connection < 3; connection++) {
      const one = await AwesomeClient.connect(hashed.ports[0]!);
      for (let i = 0; i < 90; i++) {
        const user = `u${i % 30}`, answer = await one.call({ user });
        (places[user] ??= new Set()).add((JSON.parse(answer.body.toString()) as { server: string }).server);
      }
      await one.close();
    }
    for (const [user, used] of Object.entries(places)) assert.equal(used.size, 1, `${user} went to ${[...used].join(", ")}`);
    assert.equal(new Set(Object.values(places).flatMap((used) => [...used])).size, 3, "all endpoints are in use");
  } finally {
    await hashed.envoy.stop();
  }
});

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));

function header(frame: Frame, name: string): string | undefined {
  return frame.headers.find(([key]) => key === name)?.[1];
}

function reply(id: number, body: string): Buffer {
  return encode({ type: FrameType.Reply, status: 0, id, headers: [], body: Buffer.from(body) });
}

function tally(answers: Frame[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const answer of answers) {
    const { server } = JSON.parse(answer.body.toString()) as { server: string };
    shares[server] = (shares[server] ?? 0) + 1;
  }
  return shares;
}

function total(type: FrameType): number {
  return servers.reduce((sum, server) => sum + (server.seen.get(type) ?? 0), 0);
}
