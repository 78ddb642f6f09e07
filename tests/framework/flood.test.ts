/** What clients can make the VM keep, one kind after the other, many times the bound of all: the VM lives, others are served, and what was kept is given back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, route, World } from "./world.ts";

const MIB = 1 << 20, VM = 16 * MIB;
/** Pools of the VM that stay: 16,384 exchanges, 4 MiB of buffers, 1 MiB for each of the buffers of a callback. */
const POOLS = 12 * MIB;
const limits = { vmBytes: VM };

const used = (world: World): number => world.emulator.vm.call("bytesInUse", world.root)!;

/**
 * So many clients send these bytes in pieces; after each, and after all of them, another is served. When they have gone, so is what they
 * made the VM keep. `then`: what else happens to each before it goes.
 */
async function flood(
  config: Config, clients: number, bytes: (client: number) => string, then: (client: Client, at: number) => void = () => {}, pools = POOLS,
): Promise<World> {
  const world = await World.open({ limits, ...config }), before = used(world), flooders: Client[] = [];
  let id = 0;
  const serves = (): void => {
    const other = world.client().send(call(++id, "b"));
    other.lane("b").send(ok(id));
    assert.equal(other.got(), ok(id));
    other.connection.close();
  };
  for (let i = 0; i < clients; i++) {
    const client = world.client();
    flooders.push(client);
    for (let left = bytes(i), at = 0; at < left.length; at += 64 << 10) client.send(left.slice(at, at + (64 << 10)));
    then(client, i);
    serves();
  }
  world.emulator.advance(1000);
  serves();
  const memory = world.emulator.memoryBytes();
  assert.ok(memory <= 6 * VM, `${memory / MIB} MiB`);
  for (const client of flooders) client.connection.close();
  world.emulator.advance(1000);
  for (let i = 0; i < 300; i++) serves();
  const after = used(world);
  assert.ok(after <= before + pools, `${before / MIB} MiB became ${after / MIB}`);
  return world;
}

const many = (count: number, one: (i: number) => string): string => Array.from({ length: count }, (_, i) => one(i + 1)).join("");
const CLIENTS = 30;

for (const order of ["strict", "replies", "free"]) {
  test(`requests behind one that has no answer (order ${order})`, async () => {
    await flood({ options: { order } }, CLIENTS, () => many(4000, (i) => call(i, "a")));
  });
}

test("answers and errors that wait for their turn", async () => {
  const routes = ["a", "b", "c"].map((name) => route(name));
  await flood({ routes, options: { order: "replies" } }, CLIENTS, () => call(1, "a") + many(2000, (i) => call(i + 1, i % 2 ? "none" : "c")),
    (client) => client.lanes("c").at(-1)?.send(many(1000, (i) => ok(2 * i + 1))));
});

test("requests whose time has run out, of which the answers may still come", async () => {
  await flood({ routes: ["a", "b"].map((name) => route(name, { timeoutMs: 100 })) }, CLIENTS, () => many(3000, (i) => call(i, "a")),
    (client) => { client.world.emulator.advance(1000); client.got(); });
});

test("pins", async () => {
  await flood({}, CLIENTS, () => many(8000, (i) => `call ${i} 0 to=a pin=${i}\n`), (client) => client.lanes("a").at(-1)?.send(many(8000, (i) => ok(i))));
});

test("pins of requests that were refused", async () => {
  await flood({}, CLIENTS, () => many(8000, (i) => `call ${i} 0 to=none pin=${i}\n`));
});

test("requests that a filter holds", async () => {
  await flood({ filters: [{ name: "fault", config: { delay: { ms: 3_600_000 } }, match: [[{ key: "to", exact: "a" }]] }] }, CLIENTS, () => many(3000, (i) => call(i, "a")));
});

test("requests of which not all has come", async () => {
  const body = [{ match: [[{ key: "body", exact: "x" }]], cluster: "a" }, route("b")];
  await flood({ routes: body }, 600, () => `call 1 60000 to=a\n${"y".repeat(50_000)}`);
});

test("requests for a server that cannot be reached", async () => {
  const world = await World.open({ limits }), before = used(world);
  const clients = Array.from({ length: CLIENTS }, () => world.client({ accept: false }));
  for (const client of clients) client.send(many(9, (i) => call(i, "a", "z".repeat(100_000))));
  const other = world.client().send(call(1, "b"));
  other.lane("b").send(ok(1));
  assert.equal(other.got(), ok(1));
  for (const client of [...clients, other]) client.connection.close();
  world.emulator.advance(2000);
  assert.ok(used(world) <= before + POOLS, `${used(world) / MIB}`);
});

test("copies of requests that may be sent again", async () => {
  const again = { retries: { attempts: 3, on: ["server"], safe: true } };
  await flood({ routes: [route("a", again), route("b", again)] }, CLIENTS, () => many(4000, (i) => call(i, "a")));
});

test("what filters keep of requests: for logs, traces and limits", async () => {
  const otlp = { cluster: "collector" }, filters = [
    { name: "accessLog", config: { format: "%REQ(mark)%", log: false, otlp } }, { name: "tracing", config: { otlp, attributes: { mark: "mark" } } },
    { name: "localRateLimit", config: { keys: [{ key: "mark", bucket: { max: 1_000_000, tokensPerFill: 1_000_000, fillMs: 1000 } }] } },
    { name: "metrics", config: {} },
  ];
  const world = await flood({ filters }, CLIENTS, (client) => many(3000, (i) => call(i, "a", "", ` mark=${client}-${i}-${"m".repeat(500)}`)), undefined,
    // 8,192 spans, and what waits for the collector
    POOLS + 8 * MIB);
  for (const sent of [...world.emulator.calls.http]) world.emulator.calls.answerHttp(sent);
});

test("past the bound no connection is taken, until there is room", async () => {
  const world = await flood({}, 1, () => "");
  assert.equal(world.client().connection.closed, false);
});
