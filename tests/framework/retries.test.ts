/** Requests that are sent once more, and those that must not be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, World } from "./world.ts";

const endpoints = (count: number): Config => ({ a: { endpoints: Array.from({ length: count }, (_, i) => ({ address: `10.0.0.${i + 1}:1` })) } });
const retries = (policy: Config, more: Config = {}, count = 1): Promise<World> =>
  World.open({ clusters: endpoints(count), routes: [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", retries: { backoffMs: 1, safe: true, on: ["connect", "reset", "server"], ...policy } }], ...more });
const failed = (id: number): string => `error ${id} 0\n`;
const received = (client: Client): string[] => client.lanes("a").map((lane) => lane.received.toString("latin1")).filter((text) => text.length > 0);

/** Lets back-offs end. */
function pass(world: World, ms = 300): void {
  world.emulator.drainQueues();
  world.emulator.advance(ms);
}

test("a connection that is lost: the request goes to another endpoint, and the client hears of one answer", async () => {
  const world = await retries({}, {}, 2), client = world.client().send(call(1, "a"));
  client.lane("a").end();
  pass(world);
  const [first, second] = client.lanes("a");
  assert.notEqual(first!.headers["x-meltemi-endpoint"], second!.headers["x-meltemi-endpoint"]);
  assert.equal(second!.received.toString("latin1"), call(1, "a"));
  second!.send(ok(1, "late"));
  assert.equal(client.got(), ok(1, "late"));
  assert.equal(world.count("meltemi_retries"), 1);
});

test("a server's own error is tried again, a caller's is not; the last error reaches the client", async () => {
  const world = await retries({ attempts: 2 }), client = world.client().send(call(1, "a") + call(2, "a"));
  client.lane("a").send("fail 2 0\n" + failed(1));
  pass(world);
  client.lane("a").send(failed(1));
  pass(world);
  assert.equal(client.got(), "fail 2 0\n");
  client.lane("a").send(failed(1));
  assert.equal(client.got(), failed(1));
  assert.equal(client.at("a"), call(1, "a") + call(2, "a") + call(1, "a") + call(1, "a"));
});

test("what is not safe is sent again only if no server got a byte of it", async () => {
  for (const [more, again] of [["", false], [" safe=1", true]] as [string, boolean][]) {
    const world = await retries({ safe: false }), client = world.client().send(call(1, "a", "", more));
    client.lane("a").end();
    pass(world, 1500);
    assert.equal(client.lanes("a").length, again ? 2 : 1);
    assert.equal(client.got() === "", again);
  }
  const world = await retries({ safe: false, attempts: 1 }), client = world.client({ accept: false }).send(call(1, "a"));
  client.lane("a").fail(503, "UF", "refused");
  pass(world);
  client.lane("a").accept("10.0.0.1:1");
  assert.equal(client.at("a"), call(1, "a"));
});

test("only what the policy names is tried again", async () => {
  const world = await retries({ on: ["server"] }), client = world.client().send(call(1, "a"));
  client.lane("a").end();
  pass(world);
  assert.match(client.got(), /^error 1 .*UpstreamReset/);
});

test("never once a byte of the answer is with the client, and never in a pin", async () => {
  const world = await retries({}), client = world.client().send(call(1, "a"));
  client.lane("a").send("more 1 0\n");
  client.lane("a").send(failed(1));
  assert.equal(client.got(), "more 1 0\n" + failed(1));
  client.send(call(2, "a", "", " pin=5"));
  client.lane("a").send(failed(2));
  assert.equal(client.got(), failed(2));
});

test("a request with changes is sent again as it was changed; one in pieces is put together first", async () => {
  const world = await World.open({ routes: [{ cluster: "a", request: { set: { mark: "m" } }, retries: { safe: true, backoffMs: 1 } }] });
  const client = world.client().send(call(1, "a", "body").slice(0, -2)).send("dy");
  const sent = "call 1 4 to=a mark=m\nbody";
  assert.equal(client.at("a"), sent);
  client.lane("a").end();
  pass(world, 1500);
  assert.equal(client.at("a"), sent);
  assert.equal(received(client).length, 2);
});

test("what is longer than 64 KiB is sent once, and streams", async () => {
  const world = await retries({}), text = call(1, "a", "x".repeat(70_000)), client = world.client().send(text.slice(0, 40_000));
  assert.equal(client.at("a").length, 40_000);
  client.send(text.slice(40_000));
  client.lane("a").end();
  pass(world);
  assert.match(client.got(), /^error 1 /);
});

test("each attempt has its time, and all together have theirs", async () => {
  const world = await World.open({ options: { ids: true }, routes: [{ cluster: "a", timeoutMs: 400, retries: { attempts: 5, perTryTimeoutMs: 100, backoffMs: 1, maxBackoffMs: 1, safe: true, on: ["timeout"] } }] });
  const client = world.client().send(call(1, "a"));
  pass(world, 150);
  assert.equal(client.at("a"), call(1, "a") + "cancel 1 0\n" + call(1, "a"), "the server is told, where the protocol has words for it");
  world.emulator.advance(600);
  assert.match(client.got(), /^error 1 \d+ reason=Timeout/);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), "", "an answer that comes too late is nobody's");
});

test("whichever attempt is answered first, it is the answer; what comes of the others is nobody's", async () => {
  const world = await World.open({ routes: [{ cluster: "a", timeoutMs: 5000, retries: { attempts: 3, perTryTimeoutMs: 100, backoffMs: 1, maxBackoffMs: 1, safe: true, on: ["timeout"] } }] });
  const client = world.client().send(call(1, "a"));
  pass(world, 150);
  pass(world, 150);
  assert.equal(client.at("a").split(call(1, "a")).length, 4);
  client.lane("a").send(ok(1, "an answer"));
  assert.equal(client.got(), ok(1, "an answer"));
  client.send(call(1, "a"));
  client.lane("a").send(ok(1, "late") + ok(1, "later") + ok(1, "of the other"));
  assert.equal(client.got(), ok(1, "of the other"));
  assert.equal(world.count("meltemi_unknown_replies"), 0);
});

test("in strict order what follows waits, and only the last that was sent is tried again", async () => {
  const world = await retries({}, { options: { order: "strict" } }), client = world.client().send(call(1, "a") + call(2, "a"));
  client.lane("a").end();
  client.send(call(3, "a"));
  const before = received(client).length;
  assert.match(client.got(), /^error 1 /);
  pass(world, 1500);
  assert.equal(received(client).length, before + 1);
  assert.equal(client.at("a"), call(2, "a") + call(3, "a"));
  client.lane("a").send(ok(2) + ok(3));
  assert.equal(client.got(), ok(2) + ok(3));
});

test("the budget holds: of many requests that fail at once only a share is tried again, three at least", async () => {
  for (const [count, budgetPercent, most] of [[100, 20, 20], [100, 0, 3]] as [number, number, number][]) {
    const world = await retries({ budgetPercent }), client = world.client();
    client.send(Array.from({ length: count }, (_, i) => call(i + 1, "a")).join(""));
    client.lane("a").send(Array.from({ length: count }, (_, i) => failed(i + 1)).join(""));
    pass(world);
    const again = world.count("meltemi_retries");
    assert.ok(again <= most && again >= 3, `${again} of ${count}`);
    assert.equal(client.got().split("\n").length - 1, count - again);
  }
});

test("a budget of all lets all of a lost lane be tried again", async () => {
  const world = await retries({ budgetPercent: 100 }), client = world.client();
  client.send(Array.from({ length: 50 }, (_, i) => call(i + 1, "a")).join(""));
  client.lane("a").end();
  pass(world, 1500);
  assert.equal(client.got(), "");
  assert.equal(world.count("meltemi_retries"), 50);
});

test("the client goes while its request waits for another attempt: nothing is kept", async () => {
  const world = await retries({ backoffMs: 100 });
  for (let i = 0; i < 50; i++) {
    const client = world.client().send(call(1, "a", "x".repeat(1000)));
    client.lane("a").send(failed(1));
    client.connection.close();
  }
  pass(world);
  const client = world.client().send(call(1, "a"));
  client.lane("a").send(failed(1));
  pass(world);
  assert.equal(client.at("a"), call(1, "a") + call(1, "a"), "the budget is free again");
});

test("what is wrong with a policy is said with its path", async () => {
  await assert.rejects(retries({ on: ["5xx"] }), /routes\[0\]\.retries\.on\[0\]: found "5xx", allowed: connect, reset, server, timeout/);
  await assert.rejects(retries({ backoffMs: 10, maxBackoffMs: 5 }), /routes\[0\]\.retries\.maxBackoffMs/);
  await assert.rejects(World.open({ upstream: "inline", routes: [{ cluster: "a", retries: {} }] }), /routes\[0\]\.retries: .*need "upstream": "lanes"/);
});

test("one that has ended while it waited is not sent again, though its answer has yet to have its turn", async () => {
  const routes = ["a", "b"].map((name) => ({ match: [[{ key: "to", exact: name }]], cluster: name, timeoutMs: 1000, ...(name === "b" ? { retries: { safe: true, on: ["server"], backoffMs: 60_000, maxBackoffMs: 60_000 } } : { timeoutMs: 0 }) }));
  const world = await World.open({ routes, options: { order: "replies", beat: false } }), client = world.client().send(call(1, "a") + call(2, "b"));
  client.lane("b").send(failed(2));
  pass(world, 70_000);
  assert.equal(client.at("b"), call(2, "b"));
  client.lane("a").send(ok(1));
  assert.match(client.got(), /^ok 1 0\nerror 2 \d+ reason=Timeout/);
  client.send(call(3, "b")).lane("b").send(ok(3));
  assert.equal(client.got(), ok(3));
});
