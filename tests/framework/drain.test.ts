/** The connection manager says that it will close, and servers that close their side: which moment a connection ends at. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, ok, World } from "./world.ts";

const SECOND = 1000;
/** Of the default drain time of ten seconds: from 2 s on a pause will do, from 5 s on no request is taken. */
const PAUSED = 2 * SECOND, DEAF = 5 * SECOND;

async function leaving(passed: number, config = {}): Promise<[World, Client]> {
  const world = await World.open(config), client = world.client().send(call(1, "a"));
  client.hcm.goAway();
  // Within the last tick before, so that the client is not quiet.
  for (let now = 0; now < passed; now += SECOND) {
    client.send("ping 1 0\n");
    world.emulator.advance(SECOND);
  }
  client.got();
  return [world, client];
}

test("a client that is quiet for a second: the end; what was open before is answered", async () => {
  const [world, client] = await leaving(SECOND);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  assert.equal(client.connection.closed, false);
  world.emulator.advance(2 * SECOND);
  assert.equal(client.connection.closed, true);
});

test("a client that is busy: in a pause, so that it has read its last answers", async () => {
  const [world, client] = await leaving(PAUSED);
  client.send(call(2, "a")).lane("a").send(ok(1) + ok(2));
  for (let turn = 0; turn < 20; turn++) {
    world.emulator.advance(20);
    client.send(call(3, "a")).lane("a").send(ok(3));
    assert.match(client.got(), /ok 3 0\n$/);
    assert.equal(client.connection.closed, false);
  }
  world.emulator.advance(80);
  assert.equal(client.connection.closed, false);
  world.emulator.advance(40);
  assert.equal(client.connection.closed, true);
});

test("a request that takes longer than a pause is waited for, and what follows it too", async () => {
  const [world, client] = await leaving(PAUSED);
  world.emulator.advance(SECOND);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  world.emulator.advance(20);
  client.connection.downstream(call(2, "b"));
  world.emulator.advance(500);
  client.lane("b").send(ok(2));
  assert.equal(client.got(), ok(2));
  assert.equal(client.connection.closed, false);
  world.emulator.advance(120);
  assert.equal(client.connection.closed, true);
});

test("half a request, or something begun that holds a lane, is waited for", async () => {
  for (const begun of ["call 2 9 to=a\nhalf", "call 2 0 to=", call(2, "a", "", " pin=0"), call(2, "a", "", " pin=5")]) {
    const [world, client] = await leaving(PAUSED);
    client.send(begun);
    client.lane("a").send(ok(1));
    if (begun.endsWith("\n")) client.lane("a").send(ok(2));
    client.settle();
    world.emulator.advance(2 * SECOND);
    assert.equal(client.connection.closed, false, begun);
    world.emulator.advance(DEAF);
    assert.equal(client.connection.closed, true, begun);
  }
});

test("a client that never pauses: from some time on no request is taken, what was taken is answered, then the end", async () => {
  const [world, client] = await leaving(DEAF);
  client.send(call(2, "b") + call(3, "a", "body") + "call 4");
  assert.equal(client.lanes("b").length, 0);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  assert.equal(client.connection.closed, false);
  for (let turn = 0; turn < 12; turn++) {
    world.emulator.advance(20);
    assert.equal(client.connection.closed, turn >= 9, String(turn));
    client.send(call(5, "a"));
  }
  assert.equal(client.lane("a").received.toString(), call(1, "a"));
  assert.equal(client.connection.waiting, 0);
});

test("a request that is only half there when no more are taken is completed and answered", async () => {
  const [world, client] = await leaving(DEAF - SECOND);
  client.send("call 2 9 to=a\nhalf");
  world.emulator.advance(SECOND);
  client.send(" half" + call(3, "a"));
  assert.match(client.at("a"), /call 2 9 to=a\nhalf half$/);
  client.lane("a").send(ok(1) + ok(2));
  assert.equal(client.got(), ok(1) + ok(2));
  world.emulator.advance(240);
  assert.equal(client.connection.closed, true);
});

test("what no server answers in time gets its error before the lanes are reset, then the end", async () => {
  const [world, client] = await leaving(DEAF);
  world.emulator.advance(3 * SECOND);
  assert.equal(client.got(), "");
  world.emulator.advance(SECOND);
  assert.match(client.got(), /^error 1 \d+ reason=Timeout [^\n]*\nthe proxy's listener was removed before the server answered$/);
  assert.equal(client.connection.closed, true);
  world.emulator.advance(SECOND);
  assert.equal(world.errors("Timeout"), 1);
});

test("the drain time is configuration", async () => {
  const world = await World.open({ limits: { drainMs: 100_000 } }), client = world.client().send(call(1, "a"));
  client.hcm.goAway();
  for (let second = 0; second < 19; second++) {
    client.send("ping 1 0\n");
    world.emulator.advance(SECOND);
  }
  client.lane("a").send(ok(1));
  assert.match(client.got(), /ok 1 0\n$/);
  assert.equal(client.connection.closed, false);
});

test("a server that closes an idle lane costs nothing: the next request opens another", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1));
  client.lane("a").end();
  assert.equal(client.got(), ok(1));
  client.send(call(2, "a"));
  assert.equal(client.at("a"), call(2, "a"));
  client.lane("a").send(ok(2));
  assert.equal(client.got(), ok(2));
  assert.deepEqual([client.lanes("a").length, world.errors("UpstreamReset")], [2, 0]);
});

test("a server answers what it has and closes: answers arrive, what it never read gets one error, later requests go elsewhere", async () => {
  const endpoints = [1, 2].map((port) => ({ address: `127.0.0.1:${port}` }));
  const world = await World.open({ clusters: { a: { endpoints } } }), client = world.client();
  client.send(call(1, "a") + call(2, "a") + call(3, "a") + call(4, "a"));
  const [closing, other] = client.lanes("a"), mine = [...closing!.received.toString().matchAll(/call (\d)/g)].map(([, id]) => Number(id));
  assert.equal(mine.length, 2);
  client.hcm.batch(() => {
    closing!.send(ok(mine[0]!));
    closing!.end();
  });
  const answers = client.got();
  assert.match(answers, new RegExp(`^ok ${mine[0]} 0\nerror ${mine[1]} \\d+ reason=UpstreamReset [^\n]*\n[^\n]*$`));
  client.send(call(5, "a") + call(6, "a"));
  assert.equal(other!.received.toString().split("call").length - 1, 4);
  assert.equal(client.lanes("a").length, 2);
});

test("a protocol that has words for it says goodbye once, when nobody waits for an answer", async () => {
  const [world, client] = await leaving(SECOND, { options: { goodbye: true } });
  assert.equal(client.got(), "", "a request is open");
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  world.emulator.advance(100);
  assert.equal(client.got(), "goodbye 0 0\n");
  client.send(call(2, "a")).lane("a").send(ok(2));
  world.emulator.advance(100);
  assert.equal(client.got(), ok(2));
});
