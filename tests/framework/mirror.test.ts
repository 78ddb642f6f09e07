/** Copies of requests to a mirror, of which the client must notice nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "./world.ts";

const mirrored = (mirror: Config = {}, more: Config = {}): Promise<World> =>
  World.open({ routes: [{ cluster: "a", mirrors: [{ cluster: "m", ...mirror }] }], ...more });

test("each request goes to the mirror as well; its answers are nobody's", async () => {
  const world = await mirrored(), client = world.client().send(call(1, "a", "body") + "tell 2 0\n");
  assert.equal(client.at("m"), client.at("a"));
  client.lane("m").send(ok(1, "of the mirror"));
  assert.equal(client.got(), "");
  client.lane("a").send(ok(1, "good"));
  assert.equal(client.got(), ok(1, "good"));
  assert.equal(world.count("meltemi_unknown_replies"), 0);
});

test("shares hold over 20,000 requests", async () => {
  const world = await mirrored({ share: 250_000 }), client = world.client();
  for (let i = 0; i < 200; i++) {
    client.send(Array.from({ length: 100 }, (_, j) => call(j + 1, "a")).join(""));
    for (const cluster of ["a", "m"]) if (client.lanes(cluster).length) client.lane(cluster).send(Array.from({ length: 100 }, (_, j) => ok(j + 1)).join(""));
    client.got();
  }
  const share = world.count("meltemi_mirrored") / 20_000;
  assert.ok(Math.abs(share - 0.25) < 0.015, `${share}`);
});

test("a mirror that never answers, that is away, that breaks: the client's answers come as ever", async () => {
  for (const trouble of ["silent", "refused", "broken", "unreadable"]) {
    const world = await mirrored(), client = world.client({ accept: false });
    client.send(call(1, "a"));
    client.lane("a").accept("127.0.0.1:1");
    if (trouble === "refused") client.lane("m").fail(503, "UF", "refused");
    else client.lane("m").accept("127.0.0.1:2");
    client.settle();
    if (trouble === "broken") client.lane("m").end();
    if (trouble === "unreadable") client.lane("m").send("what is this\n");
    for (let i = 1; i <= 2000; i++) {
      client.send(call(i, "a", "x".repeat(100)));
      for (const lane of client.lanes("m")) if (trouble !== "silent" && lane !== client.lanes("m")[0] && !lane.ended) lane.accept("127.0.0.1:2");
      client.lane("a").send(ok(i));
    }
    assert.equal(client.got().split("\n").length - 1, 2000, trouble);
    world.emulator.advance(20_000);
    client.send(call(9, "a"));
    client.lane("a").send(ok(9));
    assert.equal(client.got(), ok(9), trouble);
    assert.equal(client.connection.closed, false);
  }
});

test("a mirror's lane is not one for requests that any server may answer", async () => {
  const world = await mirrored({}, { routes: [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", mirrors: [{ cluster: "m" }] }] });
  const client = world.client().send(call(1, "a"));
  client.lane("m").send(ok(1));
  client.send("call 2 0 anywhere=1\n");
  assert.equal(client.at("m"), call(1, "a"));
  assert.equal(client.at("a"), call(1, "a") + "call 2 0 anywhere=1\n");
});

test("what has a pin, is long, or has no known length is not copied; what comes in pieces is", async () => {
  const world = await mirrored(), client = world.client();
  client.send(call(1, "a", "", " pin=4") + call(2, "a", "x".repeat(70_000)) + "call 3 * to=a\nbody\n.\n");
  assert.equal(client.lanes("m").length, 0);
  client.send(call(5, "a", "body").slice(0, 10)).send(call(5, "a", "body").slice(10));
  assert.equal(client.at("m"), call(5, "a", "body"));
});

test("a mirror needs lanes", async () => {
  await assert.rejects(mirrored({}, { upstream: "inline" }), /routes\[0\]\.mirrors\[0\]: .*lanes/);
  await assert.rejects(mirrored({ share: 1_000_001 }), /routes\[0\]\.mirrors\[0\]\.share/);
});
