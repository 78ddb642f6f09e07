/** What a control plane is told of endpoints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "./server.ts";
import { call, type Client, type Config, ok } from "./world.ts";

const address = (i: number): string => `127.0.0.1:${i}`;
const configured = (count: number, more: Config = {}): Config =>
  ({ clusters: { a: { endpoints: Array.from({ length: count }, (_, i) => ({ address: address(i + 1) })), ...more } }, routes: [{ cluster: "a" }] });
const fail = (client: Client): void => {
  for (const lane of client.hcm.open()) lane.fail(503, "UF", "refused");
  client.settle();
};

test("an endpoint that refuses is told once, though it refuses again and again; and when it answers, none is", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v1", configured(1));
  const client = server.world.client({ accept: false });
  emulator.advance(3000);
  assert.deepEqual(server.told, [], "while all is well nothing is said");
  for (let i = 1; i <= 4; i++) {
    client.send(call(i, "x"));
    fail(client);
    emulator.advance(5000);
  }
  assert.deepEqual(server.told, [["a|127.0.0.1:1"]]);
  client.send(call(9, "x"));
  client.lane("a").accept(address(1));
  client.settle();
  emulator.advance(1100);
  assert.deepEqual(server.told, [["a|127.0.0.1:1"], []]);
});

test("one that fails and is left alone by its cluster's policy is told for as long", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v1", configured(2, { outlier: { errors: 1, baseMs: 10_000, maxPercent: 50 } }));
  const client = server.world.client().send(call(1, "x") + call(2, "x"));
  for (const lane of client.lanes("a")) {
    const id = Number(/call (\d)/.exec(lane.received.toString("latin1"))![1]);
    lane.send(lane.headers["x-meltemi-endpoint"] === address(2) ? `error ${id} 0\n` : ok(id));
  }
  client.settle();
  emulator.advance(5000);
  assert.deepEqual(server.told, [["a|127.0.0.1:2"]]);
  emulator.advance(6500);
  assert.deepEqual(server.told, [["a|127.0.0.1:2"], []]);
});

test("a new stream is told anew; what leaves the configuration is not told any more", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v1", configured(1));
  const client = server.world.client({ accept: false }).send(call(1, "x"));
  fail(client);
  emulator.advance(1100);
  emulator.calls.closeGrpc(server.stream, 14);
  emulator.drainQueues();
  emulator.advance(300);
  emulator.drainQueues();
  assert.equal(server.streams.length, 2);
  emulator.advance(1100);
  assert.deepEqual(server.told, [["a|127.0.0.1:1"]]);
  server.give("v2", { routes: [{ cluster: "b" }] });
  emulator.advance(1100);
  assert.deepEqual(server.told, [["a|127.0.0.1:1"], []]);
});

test("of more than 256 so many are told, in a message each second at most", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v1", { ...configured(300), limits: { maxLanes: 300 } });
  const client = server.world.client({ accept: false }), before = server.stream.sent.length;
  for (let i = 1; i <= 600; i++) {
    client.send(call(i, "x"));
    if (i % 10 === 0) fail(client);
  }
  emulator.advance(3000);
  const told = server.told, sent = server.stream.sent.length - before;
  assert.equal(told.at(-1)!.length, 256);
  assert.ok(sent <= 4, `${sent} messages`);
});
