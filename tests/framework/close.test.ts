/** Clients that close right behind their requests: what no server can have got is run without them, and what is lost is counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../../harness/emulator/abi.ts";
import type { HttpCall } from "../../harness/emulator/index.ts";
import { call, type Client, type Config, ok, World } from "./world.ts";

const two = { a: { endpoints: [{ address: "127.0.0.1:1" }, { address: "127.0.0.1:2" }] } };
const hold = { filters: [{ name: "hold", config: { key: "slow", value: "1", ms: 200 } }] };

/** A world whose clusters take calls as raw bytes; those that are open at its end are answered then. */
async function raw(more: Config = {}): Promise<World> {
  const world = await World.open({ rawCalls: true, ...more }), end = world.end.bind(world);
  world.end = () => {
    for (const connection of world.emulator.connections()) connection.close();
    for (const each of world.emulator.calls.http) world.emulator.calls.answerHttp(each);
    end();
  };
  return world;
}

const unopened = (world: World): Client => world.client({ accept: false });
const close = (client: Client): void => client.connection.close();
const calls = ({ emulator }: World): HttpCall[] => emulator.calls.http;
const header = ({ headers }: HttpCall, name: string): string | undefined => headers.find(([key]) => key === name)?.[1];

/** By reason, as Envoy sees them after the next tick. */
function losses(world: World): Record<string, number> {
  world.count("");
  const found: Record<string, number> = {};
  for (const [metric, value] of Object.entries(world.emulator.metrics.all())) {
    const reason = /^meltemi_lost_at_close;.*reason=\.=(\w+);/.exec(metric)?.[1];
    if (reason && value > 0) found[reason] = value;
  }
  return found;
}

test("requests that wait for a lane to open run behind the greeting of their session, by a call to the lane's endpoint", async () => {
  const world = await raw({ clusters: two, options: { greet: true, order: "strict" } }), client = unopened(world);
  client.send(call(1, "a") + "setup 2 0\n" + call(3, "a", "", " oneway=1") + call(4, "b", "body"));
  close(client);
  assert.deepEqual(calls(world).map(({ cluster, body }) => [cluster, body.toString()]).sort(), [
    ["a", `hello 0 0\n${call(1, "a")}setup 2 0\n${call(3, "a", "", " oneway=1")}`],
    ["b", `hello 0 0 setups=1\n${call(4, "b", "body")}`],
  ]);
  const [first, second] = calls(world) as [HttpCall, HttpCall];
  assert.equal(header(first, "x-meltemi-endpoint"), client.lane("a").headers["x-meltemi-endpoint"]);
  assert.equal(header(second, "x-meltemi-endpoint"), undefined);
  assert.equal(header(first, ":method"), "POST");
  assert.equal(world.count("meltemi_run_after_close"), 0, "none has an answer yet");
  world.emulator.calls.answerHttp(first, [[":status", "200"]], "welcome 0 0\n");
  world.emulator.calls.answerHttp(second, [[":status", "200"]], ok(4));
  assert.equal(world.count("meltemi_run_after_close"), 4);
  assert.deepEqual(losses(world), {});
});

test("whatever part of its handshake a lane has sent, the call begins with all of it", async () => {
  const world = await raw({ options: { greet: true } }), client = unopened(world).send(call(1, "a"));
  client.lane("a").accept();
  client.settle();
  assert.equal(client.at("a"), "hello 0 0\n");
  close(client);
  assert.equal(calls(world)[0]?.body.toString(), "hello 0 0\n" + call(1, "a"));
});

test("a lane that is open and was not written to yet: what waits for the next wake-up is run by a call", async () => {
  const world = await raw();
  for (const request of [call(1, "a"), call(1, "a", "", " oneway=1")]) {
    const client = unopened(world).send(request);
    client.lane("a").accept();
    close(client);
    assert.equal(client.lane("a").received.length, 0);
    assert.equal(calls(world).at(-1)?.body.toString(), request);
  }
  assert.equal(calls(world).length, 2);
});

test("what comes between the opening of a lane and the next wake-up goes to the server with what waited, and a part of a request is not counted as lost", async () => {
  const part = call(3, "a", "a long body").slice(0, -3);
  const world = await raw(), client = unopened(world).send(call(1, "a"));
  client.lane("a").accept();
  client.connection.downstream(call(2, "a") + part);
  close(client);
  assert.equal(client.at("a"), call(1, "a") + call(2, "a") + part);
  assert.deepEqual(losses(world), {});
});

test("what a server may have got is never sent again", async () => {
  const world = await raw(), client = world.client().send(call(1, "a") + call(2, "a", "", " oneway=1"));
  assert.equal(client.at("a"), call(1, "a") + call(2, "a", "", " oneway=1"));
  close(client);
  assert.deepEqual(calls(world), []);
  assert.deepEqual(losses(world), {});
});

test("a request that has come in part is not run, those before it are", async () => {
  const world = await raw(), client = unopened(world).send(call(1, "a") + call(2, "a", "a long body").slice(0, -3));
  close(client);
  assert.equal(calls(world)[0]?.body.toString(), call(1, "a"));
  const alone = unopened(world).send(call(1, "a", "a long body").slice(0, -3));
  close(alone);
  assert.equal(calls(world).length, 1);
  const open = unopened(world).send("call 1 * to=a\nno end\n");
  close(open);
  assert.equal(calls(world).length, 1);
  assert.deepEqual(losses(world), {});
});

test("a lane that has found no endpoint yet: the call leaves the choice to Envoy", async () => {
  const world = await raw({ clusters: two }), client = unopened(world).send(call(1, "a"));
  client.lane("a").fail(503, "UF", "refused");
  close(client);
  assert.equal(calls(world)[0]?.body.toString(), call(1, "a"));
  assert.equal(header(calls(world)[0]!, "x-meltemi-endpoint"), undefined);
});

test("what cannot be run is counted: without raw calls, without the cluster, with an answer that is none", async () => {
  const plain = await World.open();
  close(unopened(plain).send(call(1, "a") + call(2, "a", "", " oneway=1")));
  assert.deepEqual(calls(plain), []);
  assert.deepEqual(losses(plain), { unopened: 2 });
  const world = await raw();
  world.emulator.calls.clusters = new Set(["b"]);
  close(unopened(world).send(call(1, "a") + call(2, "b")));
  assert.deepEqual(losses(world), { unopened: 1 });
  world.emulator.calls.answerHttp(calls(world)[0]!);
  assert.deepEqual(losses(world), { unopened: 1, failed: 1 });
});

test("what a filter holds, and what waits behind it unread, is counted", async () => {
  const world = await raw(hold);
  close(world.client().send(call(1, "a", "", " slow=1") + call(2, "a", "", " slow=1")));
  assert.deepEqual(losses(world), { held: 2 });
  const strict = await raw({ ...hold, options: { order: "strict" } });
  close(strict.client().send(call(1, "a", "", " slow=1") + call(2, "a")));
  assert.equal(losses(strict).held, 1);
});

test("what Envoy itself ends runs no more; what came in front of bytes that cannot be read does", async () => {
  const world = await raw();
  unopened(world).send(call(1, "a")).connection.close(Peer.Local);
  assert.deepEqual(calls(world), []);
  close(unopened(world).send(call(1, "a") + "no such verb\n"));
  assert.equal(calls(world)[0]?.body.toString(), call(1, "a"));
});

test("Envoy keeps no more for clients that have gone than a quarter of what the VM may, and gets room back with each answer", async () => {
  const world = await raw({ limits: { vmBytes: 16 << 20 } }), body = "x".repeat(900 << 10);
  for (let i = 1; i <= 6; i++) close(unopened(world).send(call(i, "a", body)));
  assert.equal(calls(world).length, 4);
  assert.deepEqual(losses(world), { unopened: 2 });
  world.emulator.calls.answerHttp(calls(world)[0]!, [[":status", "200"]]);
  close(unopened(world).send(call(7, "a", body)));
  assert.equal(calls(world).length, 5);
});

test("inline makes no calls", async () => {
  await assert.rejects(raw({ upstream: "inline" }), /rawCalls: found true with upstream "inline"/);
});
