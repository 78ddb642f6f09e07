/** What a client sends behind valid requests, and nobody can read: they are answered first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Connection } from "../../harness/emulator/index.ts";
import { command } from "../../harness/peers/redis/resp.ts";
import { call, ok, World } from "./world.ts";
import { recordedBytes } from "../contract/vectors.ts";

const inline = (world: World): Connection => world.emulator.newConnection(world.root, null);

const GARBAGE = "no such thing\n";
const BYE = /bye 0 \d+ reason=BadRequest [^]*$/;

for (const order of ["free", "replies"]) {
  test(`lanes, ${order}: answers first, in one piece and in many, then the last words and the end`, async () => {
    const world = await World.open({ options: { order } }), text = call(1, "a") + call(2, "b") + GARBAGE;
    for (const pieces of [[text], text.split("")]) {
      const client = world.client();
      for (const piece of pieces) client.send(piece);
      client.send(call(3, "a"));
      assert.equal(client.got(), "");
      client.lane("b").send(ok(2));
      assert.equal(client.got(), order === "free" ? ok(2) : "");
      assert.equal(client.connection.closed, false);
      client.lane("a").send(ok(1));
      const got = client.got();
      assert.ok(got.startsWith(order === "free" ? ok(1) : ok(1) + ok(2)), got);
      assert.match(got, BYE);
      assert.equal(client.connection.closed, true);
      assert.doesNotMatch(client.at("a"), /call 3/);
    }
    assert.equal(world.count("meltemi_bad_requests"), 2);
    assert.equal(world.errors("BadRequest"), 2);
  });

  test(`inline, ${order}: answers first, the last words with the last of them, then the end`, async () => {
    const world = await World.open({ upstream: "inline", options: { order } }), connection = inline(world);
    connection.downstream(call(1, "a") + call(2, "a") + GARBAGE);
    world.emulator.drainQueues();
    assert.equal(connection.takeForwarded().toString(), call(1, "a") + call(2, "a"));
    connection.downstream(call(3, "a"));
    connection.upstream(ok(1));
    world.emulator.drainQueues();
    assert.equal(connection.takeWritten().toString(), ok(1));
    assert.equal(connection.closed, false);
    connection.upstream(ok(2));
    world.emulator.drainQueues();
    const got = connection.takeWritten().toString();
    assert.ok(got.startsWith(ok(2)), got);
    assert.match(got, BYE);
    assert.equal(connection.closed, true);
    assert.equal(connection.takeForwarded().toString(), "");
  });
}

test("inline without anything open: the connection closes", async () => {
  const world = await World.open({ upstream: "inline" }), connection = inline(world);
  connection.downstream(GARBAGE);
  world.emulator.drainQueues();
  assert.equal(connection.closed, true);
});

test("a request held by a filter is answered before the garbage behind it", async () => {
  const filters = [{ name: "fault", config: { delay: { ms: 500 } } }];
  const world = await World.open({ filters }), client = world.client().send(call(1, "a") + GARBAGE);
  world.emulator.advance(600);
  client.lane("a").send(ok(1));
  const got = client.got();
  assert.ok(got.startsWith(ok(1)), got);
  assert.match(got, BYE);
  assert.equal(client.connection.closed, true);
});

test("garbage in the middle of a request: those before it are answered, and nothing follows it to its server", async () => {
  const world = await World.open({ options: { order: "replies" } }), client = world.client();
  client.send(call(1, "a") + "call 2 * to=a\nsome\n").send(".!\n").send(call(3, "a"));
  client.lane("a").send(ok(1));
  const got = client.got();
  assert.ok(got.startsWith(ok(1)), got);
  assert.match(got, /error 2 \d+ reason=BadRequest [^]*$/);
  assert.equal(client.connection.closed, true);
  assert.equal(client.lane("a").received.toString().endsWith("call 2 * to=a\nsome\n"), true);
});

const protocols = [
  { codec: "redis", request: command("GET", "a"), garbage: Buffer.from("*1\r\nnothing\r\n"), reply: Buffer.from("$1\r\n1\r\n"), words: /^-ERR Protocol error: [^\r]*\r\n$/ },
  { codec: "dubbo", request: recordedBytes("dubbo", "java-attachments-request"), reply: recordedBytes("dubbo", "java-attachments-reply"), words: /^$/ },
  { codec: "thrift", request: Buffer.from("8001000100000001610000000700", "hex"), reply: Buffer.from("8001000200000001610000000700", "hex"), words: /PROTOCOL|BadRequest|read/ },
];

for (const { codec, request, reply, words, garbage = Buffer.from("GET / HTTP/1.1\r\n\r\n") } of protocols) {
  for (const upstream of ["lanes", "inline"]) {
    test(`${codec}, ${upstream}: a request is answered before the garbage behind it`, async () => {
      const world = await World.of(codec, { upstream, defaultCluster: "a" }), client = upstream === "lanes" ? world.client() : undefined;
      const connection = client?.connection ?? inline(world);
      connection.downstream(Buffer.concat([request, garbage]));
      world.emulator.drainQueues();
      if (codec === "dubbo") (client ? client.lane("a").received : connection.takeForwarded()).copy(reply, 4, 4, 12);
      if (client) client.lane("a").send(reply);
      else connection.upstream(reply);
      world.emulator.drainQueues();
      const got = connection.takeWritten();
      assert.equal(got.subarray(0, reply.length).toString("hex"), reply.toString("hex"));
      assert.match(got.subarray(reply.length).toString("latin1"), words);
      assert.equal(connection.closed, true);
    });
  }
}
