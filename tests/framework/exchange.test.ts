import assert from "node:assert/strict";
import { test } from "node:test";
import { call, ok, World } from "./world.ts";

test("requests of one connection go to different clusters, replies in any order find their requests", async () => {
  const client = (await World.open()).client().send(call(1, "a", "x") + call(2, "b") + call(3, "a"));
  assert.equal(client.at("a"), call(1, "a", "x") + call(3, "a"));
  assert.equal(client.at("b"), call(2, "b"));
  client.lane("b").send(ok(2, "two"));
  client.lane("a").send(ok(3, "three") + ok(1, "one"));
  assert.equal(client.got(), ok(2, "two") + ok(3, "three") + ok(1, "one"));
});

test("a conversation cut at every byte is the same conversation", async () => {
  const world = await World.open(), text = call(1, "a", "body") + "tell 2 0 to=b\n" + call(3, "b"), answers = ok(1, "12345") + ok(3);
  for (let cut = 1; cut < text.length; cut++) {
    const client = world.client().send(text.slice(0, cut)).send(text.slice(cut));
    assert.equal(client.at("a"), call(1, "a", "body"));
    assert.equal(client.at("b"), `tell 2 0 to=b\n${call(3, "b")}`);
    const lane = client.lane("a"), at = Math.min(cut, ok(1, "12345").length);
    lane.send(answers.slice(0, at));
    lane.send(answers.slice(at, ok(1, "12345").length));
    client.lane("b").send(ok(3));
    assert.equal(client.got(), answers, `cut at ${cut}`);
    client.connection.close();
  }
});

test("ids that repeat, and no ids at all: the oldest open exchange of the lane", async () => {
  const client = (await World.open()).client().send(call(7, "a") + call(7, "a") + call(0, "b") + call(0, "b"));
  client.lane("a").send(ok(7, "first") + ok(7, "second") + ok(7, "third"));
  client.lane("b").send(ok(0, "1") + ok(0, "2"));
  assert.equal(client.got(), ok(7, "first") + ok(7, "second") + ok(0, "1") + ok(0, "2"));
});

test("late, unknown and second replies are dropped and counted; an id of another lane is unknown", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a") + call(2, "b"));
  client.lane("a").send(ok(9, "stranger") + ok(2, "stolen") + ok(1) + ok(1, "again"));
  client.lane("b").send(ok(2));
  assert.equal(client.got(), ok(1) + ok(2));
  assert.equal(world.count("meltemi_unknown_replies"), 3);
});

test("where replies keep the order of requests, the fast lane waits for the slow one", async () => {
  for (const order of ["replies", "strict"]) {
    const client = (await World.open({ options: { order } })).client().send(call(1, "a") + call(2, "b") + call(3, "nowhere") + "local 4 0\n" + call(5, "b"));
    client.lane("b").send(ok(2, "fast") + ok(5, "fast too"));
    assert.equal(client.got(), "");
    client.lane("a").send("more 1 0\n");
    assert.equal(client.got(), "more 1 0\n");
    client.lane("a").send(ok(1, "slow"));
    const all = client.got();
    assert.match(all, /^ok 1 4\nslowok 2 4\nfasterror 3 29 .*\nno route matches this requestok 4 0\nok 5 8\nfast too$/, order);
  }
});

test("frames of two lanes are never mixed: a large reply in pieces, others in between", async () => {
  const client = (await World.open()).client().send(call(1, "a") + call(2, "b") + call(3, "b") + call(4, "b"));
  const big = "x".repeat(200_000), large = ok(1, big), other = ok(3, "y".repeat(150_000));
  client.lane("a").send(large.slice(0, 100_000));
  client.lane("b").send(ok(2, "small") + other.slice(0, 70_000));
  client.lane("a").send(large.slice(100_000));
  client.lane("b").send(other.slice(70_000) + ok(4));
  assert.equal(client.got(), large + ok(2, "small") + other + ok(4));
});

test("a small reply is passed on whole: its server may die in the middle of it, and the client gets one error", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a") + call(2, "b"));
  client.lane("a").send(ok(1, "x".repeat(1000)).slice(0, 500));
  client.lane("b").send(ok(2));
  client.lane("a").end();
  const all = client.got();
  assert.match(all, /^ok 2 0\nerror 1 /);
  assert.equal(client.connection.closed, false);
  assert.equal(world.errors("UpstreamReset"), 1);
});

test("a large reply that is cut closes the connection, counted", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1, "x".repeat(200_000)).slice(0, 150_000));
  client.lane("a").end();
  client.settle();
  assert.equal(client.connection.closed, true);
  assert.equal(world.count("meltemi_cut_answers"), 1);
});

test("several replies to one request, pushes, and a body without a length", async () => {
  const client = (await World.open()).client().send(call(1, "a", "", " replies=2") + "call 2 * to=b\nabc\n.\n" + call(3, "b"));
  assert.equal(client.at("b"), `call 2 * to=b\nabc\n.\n${call(3, "b")}`);
  client.lane("a").send(ok(1, "one") + "push 0 2\nhi" + ok(1, "two") + ok(1, "three"));
  client.lane("b").send("ok 2 *\nlong\n.\n" + ok(3));
  assert.equal(client.got(), ok(1, "one") + "push 0 2\nhi" + ok(1, "two") + "ok 2 *\nlong\n.\n" + ok(3));
});

test("one-way, pings and what is dropped", async () => {
  const world = await World.open(), client = world.client().send("tell 1 0 to=a\nping 2 0\npong 3 0\ntell 4 0 to=nowhere\n");
  assert.equal(client.at("a"), "tell 1 0 to=a\n");
  assert.equal(client.got(), "pong 2 0\n");
  assert.equal(world.count("meltemi_dropped_messages"), 1);
  client.lane("a").send("ping 5 0\n");
  assert.equal(client.at("a"), "tell 1 0 to=a\npong 5 0\n");
  assert.equal(client.got(), "");
  assert.equal(world.errors("RouteNotFound"), 1, "counted, though nobody is told");
});

test("a bad frame costs itself if its length is known, otherwise the connection", async () => {
  const world = await World.open(), client = world.client().send(`dance 1 3\nabc${call(2, "a")}`);
  assert.equal(client.at("a"), call(2, "a"));
  assert.equal(world.count("meltemi_bad_requests"), 1);
  client.send("call x 0\n");
  assert.equal(client.connection.closed, false, "the request before it has its answer first");
  client.lane("a").send(ok(2));
  client.settle();
  assert.equal(client.connection.closed, true);
});

test("a server's rubbish costs its lane: one error for each request, others go on, a new lane serves the next", async () => {
  const client = (await World.open()).client().send(call(1, "a") + call(2, "a") + call(3, "b"));
  client.lane("a").send("ok what?\n");
  client.lane("b").send(ok(3));
  assert.match(client.got(), /^error 1 .*\n?.*error 2 (.|\n)*ok 3 0\n$/);
  client.send(call(4, "a"));
  assert.equal(client.lanes("a").length, 2);
  assert.equal(client.at("a"), call(4, "a"));
});

test("a request that perhaps has an answer: in its turn if it comes; an answer to the next one says that none will", async () => {
  const client = (await World.open({ options: { order: "replies" } })).client();
  client.send("maybe 1 0 to=a\n" + call(2, "a") + call(3, "b"));
  client.lane("b").send(ok(3));
  assert.equal(client.got(), "");
  client.lane("a").send(ok(2));
  assert.equal(client.got(), ok(2) + ok(3));
  client.send("maybe 4 0 to=a\n" + call(5, "a")).lane("a").send(ok(4) + ok(5));
  assert.equal(client.got(), ok(4) + ok(5));
});

test("one that has its answer in part, which waits for its turn: an answer to the next one says that no more will come", async () => {
  const client = (await World.open({ options: { order: "replies" } })).client();
  client.send(call(1, "b") + "maybe 2 0 to=a\n" + call(3, "a"));
  client.lane("a").send("more 2 4\nsome" + ok(3));
  assert.equal(client.got(), "");
  client.lane("b").send(ok(1));
  assert.equal(client.got(), ok(1) + "more 2 4\nsome" + ok(3));
});

test("a reply whose end cannot be found: an error if none of it was passed on, otherwise the connection closes", async () => {
  const world = await World.open({ options: { order: "replies" } }), client = world.client().send(call(1, "a") + call(2, "b"));
  client.lane("b").send("ok 2 *\nsome\n.!\n");
  assert.equal(client.got(), "");
  client.lane("a").send(ok(1));
  assert.match(client.got(), /^ok 1 0\nerror 2 \d+ reason=UpstreamReset [^\n]*\nthe server's answer cannot be read$/);
  client.send(call(3, "b"));
  assert.equal(client.lanes("b").length, 2);
  client.lane("b").send("ok 3 *\nsome\n.!\n");
  client.settle();
  assert.equal(client.connection.closed, true);
  assert.deepEqual([world.count("meltemi_bad_replies"), world.count("meltemi_cut_answers")], [2, 1]);
});

test("a request whose end cannot be found: its error, then the connection closes", async () => {
  const world = await World.open(), client = world.client().send("call 1 * to=a\nsome\n.!\n");
  assert.match(client.got(), /^error 1 \d+ reason=BadRequest/);
  assert.equal(client.connection.closed, true);
  assert.equal(world.count("meltemi_bad_requests"), 1);
});

test("pins: the same lane while they hold, and parts of an exchange follow it", async () => {
  const endpoints = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map((address) => ({ address }));
  const client = (await World.open({ clusters: { a: { endpoints } } })).client();
  for (let i = 1; i <= 9; i++) client.send(call(i, "a", "", " pin=5"));
  assert.equal(client.lanes("a").length, 1);
  client.send("part 1 2 pin=5\nhi").send("end 1 0 pin=5\n");
  assert.match(client.at("a"), /part 1 2 pin=5\nhiend 1 0 pin=5\n$/);
  for (let i = 10; i < 13; i++) client.send(call(i, "a", "", " pin=5"));
  for (let i = 13; i < 16; i++) client.send(call(i, "a"));
  assert.equal(client.lanes("a").length, 3);
});

test("setup reaches every open lane, and the client gets one answer", async () => {
  const client = (await World.open()).client().send(call(1, "a") + call(2, "b")).send("setup 3 0 to=a\n");
  assert.match(client.at("a"), /setup 3/);
  assert.match(client.at("b"), /setup 3/);
  client.lane("b").send(ok(2) + ok(3, "b's"));
  client.lane("a").send(ok(1) + ok(3, "a's"));
  assert.equal(client.got(), ok(2) + ok(1) + ok(3, "a's"));
});

test("greet: requests wait for the handshake of a new lane", async () => {
  const client = (await World.open({ options: { greet: true } })).client().send(call(1, "a"));
  assert.doesNotMatch(client.at("a"), /call/);
  assert.match(client.at("a"), /^hello/);
  client.lane("a").send("welcome 0 0\n");
  assert.match(client.at("a"), /^hello[^]*call 1/);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
});

test("mutation on the way there and back, of a head and of a whole frame", async () => {
  const routes = [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", request: { set: { mark: "1" }, append: { to: "z" }, remove: ["secret"] }, response: { set: { by: "m" } } },
    { match: [[{ key: "to", exact: "b" }]], cluster: "b", request: { set: { body: "other" } } }];
  const client = (await World.open({ routes })).client().send(call(1, "a", "abc", " secret=s")).send("call 2 5 to=b\nab").send("cde");
  assert.match(client.at("a"), /^call 1 3 to=a to=z mark=1\nabc$|^call 1 3 to=a mark=1 to=z\nabc$/);
  assert.equal(client.at("b"), "call 2 5 to=b\nother");
  client.lane("a").send(ok(1, "x"));
  assert.equal(client.got(), ok(1, "x", " by=m"));
});

test("what cannot be read at all ends the connection, or passes unread where that is allowed", async () => {
  const denied = (await World.open({ defaultCluster: "d" })).client().send("tls 0 0\n");
  assert.equal(denied.connection.closed, true);
  assert.equal(denied.hcm.lanes.length, 0);
  const allowed = (await World.open({ defaultCluster: "d", opaque: "allow" })).client().send(call(1, "a")).send("tls 0 0\n\x16\x03").send("anything");
  assert.equal(allowed.lanes("d").length, 0, "what could be read is answered first");
  allowed.lane("a").send(ok(1));
  assert.equal(allowed.got(), ok(1));
  assert.match(allowed.at("d"), /^tls 0 0\n\x16\x03anything$/);
  allowed.lane("d").send("\x16\x03 hello");
  allowed.lane("d").send("ok 1 0\nnot of the protocol at all");
  assert.equal(allowed.got(), "\x16\x03 hellook 1 0\nnot of the protocol at all");
  allowed.send("more");
  assert.match(allowed.at("d"), /anythingmore$/);
  allowed.lane("d").send("bye");
  allowed.lane("d").end();
  assert.equal(allowed.got(), "bye");
  assert.equal(allowed.connection.closed, true, "the server's end is the client's");
});

test("bytes that pass unread have a lane of their own, without the codec's handshake; one that cannot be opened ends the connection", async () => {
  const world = await World.open({ defaultCluster: "a", opaque: "allow", options: { greet: true } }), client = world.client().send(call(1, "a"));
  client.lane("a").send("welcome 0 0\n");
  client.settle();
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  client.send("tls 0 0\nraw");
  assert.equal(client.lanes("a").length, 2);
  assert.equal(client.at("a"), "tls 0 0\nraw");
  const refused = world.client({ accept: false }).send("tls 0 0\nraw");
  refused.lane("a").fail(503, "UF", "refused");
  refused.settle();
  assert.equal(refused.connection.closed, true);
});

test("a large stream of bytes that pass unread goes both ways as fast as it is taken", async () => {
  const client = (await World.open({ defaultCluster: "d", opaque: "allow" })).client().send("tls 0 0\n"), big = "z".repeat(3 << 20);
  for (let i = 0; i < 4; i++) {
    client.send(big);
    client.lane("d").send(big);
    assert.equal(client.got().length, big.length);
  }
  assert.equal(client.at("d").length, 8 + 4 * big.length);
});
