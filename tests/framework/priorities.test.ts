/** Endpoints by priority: who is asked, and who is while nearer ones are away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, World } from "./world.ts";

const OUT_MS = 10_000;
const outlier = { errors: 1, baseMs: OUT_MS, maxPercent: 100 };
/** `1.2`: the second endpoint of priority 1. */
const address = (name: string): string => `10.0.${name}:1`;
const endpoint = (name: string, more: Config = {}): Config => ({ address: address(name), priority: Number(name.split(".")[0]), ...more });
const several = (...counts: number[]): Config[] => counts.flatMap((count, priority) => Array.from({ length: count }, (_, i) => endpoint(`${priority}.${i + 1}`)));
const open = (endpoints: Config[], more: Config = {}, world: Config = {}): Promise<World> =>
  World.open({ clusters: { a: { endpoints, outlier, ...more } }, routes: [{ cluster: "a", ...(more.balance === "hash" ? { hash: ["user"] } : {}) }], ...world });

let id = 0;

/** Shares in percent of so many requests without an answer, by endpoint. */
function shares(client: Client, count = 10_000, more: () => string = () => ""): Record<string, number> {
  const totals = (): Map<string, number> => {
    const all = new Map<string, number>();
    for (const { headers, received } of client.lanes("a")) {
      const name = headers["x-meltemi-endpoint"]!.replace(/^10\.0\.|:1$/g, "");
      all.set(name, (all.get(name) ?? 0) + received.toString("latin1").split("tell ").length - 1);
    }
    return all;
  };
  const before = totals();
  for (let i = 0; i < count; i += 100) client.send(Array.from({ length: 100 }, () => `tell ${++id} 0 to=a${more()}\n`).join(""));
  return Object.fromEntries([...totals()].map(([name, n]) => [name, (n - (before.get(name) ?? 0)) * 100 / count] as const).filter(([, share]) => share > 0).sort(([a], [b]) => a.localeCompare(b)));
}

/** One answer of this endpoint's is an error, and so it is left alone. */
function eject(client: Client, name: string): void {
  for (let i = 0; i < 1000; i++) {
    client.send(call(++id, "a", "", ` user=u${id}`));
    const lane = client.lanes("a").find(({ received }) => received.toString("latin1").endsWith(`call ${id} 0 to=a user=u${id}\n`))!, there = lane.headers["x-meltemi-endpoint"] === address(name);
    lane.send(there ? `error ${id} 0\n` : ok(id));
    client.got();
    if (there) return;
  }
  assert.fail(`${name} was never asked`);
}

function near(found: Record<string, number>, wanted: Record<string, number>, by = 2): void {
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])];
  for (const name of names) assert.ok(Math.abs((found[name] ?? 0) - (wanted[name] ?? 0)) <= by, `${name}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}

test("the nearest are asked alone; one after the other goes away and comes back", async () => {
  const world = await open(several(2, 1, 1)), client = world.client(), all = { "0.1": 50, "0.2": 50 };
  near(shares(client), all, 0.1);
  eject(client, "0.1");
  // half of two, times 1.4
  near(shares(client), { "0.2": 70, "1.1": 30 });
  eject(client, "0.2");
  near(shares(client), { "1.1": 100 }, 0);
  eject(client, "1.1");
  near(shares(client), { "2.1": 100 }, 0);
  world.emulator.advance(OUT_MS + 1000);
  near(shares(client), all, 0.1);
});

test("a priority is whole while 1 / 1.4 of it is up; where all together are not, what is up shares all", async () => {
  const world = await open(several(4, 4)), client = world.client();
  eject(client, "0.1");
  near(shares(client), { "0.2": 33.3, "0.3": 33.3, "0.4": 33.3 }, 0.1);
  eject(client, "0.2");
  near(shares(client), { "0.3": 35, "0.4": 35, "1.1": 7.5, "1.2": 7.5, "1.3": 7.5, "1.4": 7.5 });
  for (const name of ["0.3", "1.1", "1.2", "1.3"]) eject(client, name);
  near(shares(client), { "0.4": 50, "1.4": 50 });
  eject(client, "1.4");
  near(shares(client), { "0.4": 100 }, 0);
});

test("where none is up, the nearest are asked", async () => {
  const world = await open(several(2, 2)), client = world.client();
  for (const name of ["0.1", "0.2", "1.1", "1.2"]) eject(client, name);
  near(shares(client), { "0.1": 50, "0.2": 50 });
});

for (const balance of ["roundRobin", "random", "leastRequest"]) {
  test(`${balance}: weights hold within a priority, also where a connection uses only some of many`, async () => {
    const weighted = [endpoint("0.1", { weight: 7 }), endpoint("0.2", { weight: 2 }), endpoint("0.3"), endpoint("1.1", { weight: 50 })];
    const world = await open(weighted, { balance });
    near(shares(world.client()), { "0.1": 70, "0.2": 20, "0.3": 10 });
    const many = Array.from({ length: 40 }, (_, i) => endpoint(`0.${i + 1}`, { weight: i < 20 ? 3 : 1 }));
    const wide = await open(many, { balance }, { limits: { maxLanes: 4 } });
    let heavy = 0;
    for (let i = 0; i < 100; i++) {
      const client = wide.client(), found = shares(client, 100);
      assert.ok(client.lanes("a").length <= 4);
      for (const [name, share] of Object.entries(found)) if (Number(name.split(".")[1]) <= 20) heavy += share / 100;
    }
    near({ heavy }, { heavy: 75 }, 8);
  });
}

test("a hash picks the same on every connection, of the nearest that are up", async () => {
  const world = await open(several(3, 3), { balance: "hash" }), clients = [world.client(), world.client()] as const;
  const of = (user: string): string[] => clients.map((client) => Object.keys(shares(client, 100, () => ` user=${user}`)).join());
  const users = Array.from({ length: 20 }, (_, i) => `u${i}`), homes = users.map(of);
  for (const [one, other] of homes) {
    assert.equal(one, other);
    assert.match(one!, /^0\.\d$/);
  }
  for (const name of ["0.1", "0.2", "0.3"]) eject(clients[0], name);
  for (const user of users) {
    const [one, other] = of(user);
    assert.equal(one, other);
    assert.match(one!, /^1\.\d$/);
  }
  world.emulator.advance(OUT_MS + 1000);
  assert.deepEqual(users.map(of), homes);
});

test("where order is kept a connection stays with its endpoint, and comes back to the nearest", async () => {
  const world = await open(several(2, 2), {}, { options: { order: "strict" } }), client = world.client(), first = Object.keys(shares(client, 100));
  assert.equal(first.length, 1);
  eject(client, first[0]!);
  const second = Object.keys(shares(client, 100));
  assert.equal(second.length, 1);
  assert.notDeepEqual(second, first);
  if (second[0]!.startsWith("0.")) eject(client, second[0]!);
  assert.match(Object.keys(shares(client, 100)).join(), /^1\.\d$/);
  world.emulator.advance(OUT_MS + 1000);
  assert.match(Object.keys(shares(client, 100)).join(), /^0\.\d$/);
});

test("an endpoint that refuses is passed over for the next priority; nobody notices", async () => {
  const world = await open(several(1, 1)), client = world.client({ accept: false }).send(call(1, "a"));
  client.lane("a").fail(503, "UF", "refused");
  client.settle();
  assert.equal(client.lane("a").headers["x-meltemi-endpoint"], address("1.1"));
  client.lane("a").accept(address("1.1"));
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
});

test("a priority that is none is refused with its path", async () => {
  for (const priority of [-1, 129, 0.5, "0"]) {
    await assert.rejects(open([{ address: "10.0.0.1:1", priority }]), /clusters\.a\.endpoints\[0\]\.priority: found .*, allowed: /);
  }
});
