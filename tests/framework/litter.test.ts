/** Memory that requests leave behind on connections that stay: the runtime collects it only if it is told of it, and memory that is full doubles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, World } from "./world.ts";

const MIB = 1 << 20;

/** So many turns on one connection, and memory is what it was after the first, less what a collection waits for. */
function stays(world: World, turns: number, turn: (i: number) => void): void {
  turn(0);
  world.emulator.drainQueues();
  const before = world.emulator.memoryBytes();
  for (let i = 1; i < turns; i++) {
    turn(i);
    if (i % 1000 === 0) world.emulator.advance(1000);
  }
  const after = world.emulator.memoryBytes();
  assert.ok(after <= Math.max(2 * before, 32 * MIB), `${before / MIB} MiB became ${after / MIB}`);
}

const endpoints = { a: { endpoints: [{ address: "10.0.0.1:1" }] } };

/** Refuses the lane that a request has asked for. */
function refuse(client: Client): void {
  client.lane("a").fail(503, "UF", "refused");
  client.got();
}

test("clients that go while a filter holds their requests for long", async () => {
  const world = await World.open({ filters: [{ name: "fault", config: { delay: { ms: 3_600_000 } } }] });
  stays(world, 20_000, () => world.client().send(call(1, "a")).connection.close());
});

test("lanes that cannot be opened", async () => {
  const world = await World.open({ clusters: endpoints }), client = world.client({ accept: false });
  stays(world, 30_000, () => {
    client.send(call(1, "a"));
    refuse(client);
    client.hcm.lanes.length = 0;
  });
});

test("requests that are sent again", async () => {
  const routes: Config[] = [{ cluster: "a", retries: { attempts: 100, on: ["server"], safe: true, backoffMs: 1, maxBackoffMs: 1 } }];
  const world = await World.open({ routes }), client = world.client();
  stays(world, 200_000, (i) => {
    if (i % 100 === 0) client.send(call(i + 1, "a"));
    const id = i - i % 100 + 1;
    client.lane("a").send(i % 100 === 99 ? ok(id) : `error ${id} 0\n`);
    world.emulator.advance(2);
    client.got();
  });
});

test("requests in pieces that a filter changes", async () => {
  const filters: Config[] = [{ name: "mutation", config: { request: { set: { body: "changed", mark: "%REQ(to)%" } } } }];
  const world = await World.open({ filters }), client = world.client();
  stays(world, 60_000, (i) => {
    const text = call(i + 1, "a", "body");
    client.send(text.slice(0, -2)).send(text.slice(-2));
    client.lane("a").send(ok(i + 1));
    client.got();
  });
});
