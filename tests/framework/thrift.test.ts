/** Thrift's own ways, in the emulator: what Finagle's clients ask first, and one-way calls that do not say that they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ARGUMENT, CALL, EXCEPTION, framed, hex, join, PROBE, REPLY, STOP, strict, u32 } from "../../codecs/thrift/vectors/bytes.ts";
import { type Config, World } from "./world.ts";

const SPOKEN = { transports: ["unframed", "framed"], protocols: ["binary", "compact"] };
const thrift = (more: Config = {}, options: object = {}): Promise<World> =>
  World.of("thrift", { codec: "thrift", defaultCluster: "a", options: { ...SPOKEN, ...options }, ...more });
const NOBODY = { filters: [{ name: "auth", config: { rules: [], default: "deny" } }] };

const text = (value: string): Buffer => join(u32(value.length), Buffer.from(value));
const call = (name: string, seqid: number): Buffer => framed(strict(name, ARGUMENT, CALL, seqid));
const reply = (name: string, seqid: number): Buffer => framed(strict(name, STOP, REPLY, seqid));
const unknown = (name: string, said: string, seqid: number): Buffer =>
  strict(name, join(hex("0b 0001"), text(said), hex("08 0002 00000001 00")), EXCEPTION, seqid);
const plain = unknown(PROBE, "headers before messages are not known here", 0), probe = strict(PROBE, STOP, CALL, 0);
const latin = (...parts: Buffer[]): string => join(...parts).toString("latin1");

test("Finagle's probe is answered UNKNOWN_METHOD in its turn, and reaches no server", async () => {
  const client = (await thrift()).client().send(join(call("echo", 1), framed(probe), call("echo", 2)));
  assert.equal(client.at("a"), latin(call("echo", 1), call("echo", 2)));
  assert.equal(client.got(), "");
  client.lane("a").send(join(reply("echo", 1), reply("echo", 2)));
  assert.equal(client.got(), latin(reply("echo", 1), framed(plain), reply("echo", 2)));
});

test("the same at once where nothing is open, unframed, and behind filters that let nobody in", async () => {
  for (const more of [{}, NOBODY]) {
    const world = await thrift(more);
    assert.equal(world.client().send(framed(probe)).got(), latin(framed(plain)));
    const client = world.client().send(probe.subarray(0, -1));
    client.send(probe.subarray(-1));
    assert.equal(client.got(), latin(plain));
    assert.equal(client.hcm.lanes.length, 0);
  }
});

test("the same inline, where a carrier takes its place", async () => {
  const world = await thrift({ upstream: "inline", defaultCluster: undefined }), connection = world.emulator.newConnection(world.root, null);
  connection.downstream(join(framed(probe), call("echo", 1)));
  world.emulator.drainQueues();
  assert.equal(connection.takeForwarded().toString("latin1"), latin(framed(strict("meltemi_carrier", STOP, CALL, 0)), call("echo", 1)));
  connection.upstream(join(framed(unknown("meltemi_carrier", "what?", 0)), reply("echo", 1)));
  world.emulator.drainQueues();
  assert.equal(connection.takeWritten().toString("latin1"), latin(framed(plain), reply("echo", 1)));
});

test("upgraded requests cannot be read, and the option to read them is none", async () => {
  const client = (await thrift()).client().send(join(framed(probe), framed(join(STOP, strict("drop"))), call("echo", 1)));
  assert.equal(client.at("a"), latin(call("echo", 1)));
  await assert.rejects(thrift({}, { finagle: true }), /finagle/);
});

test("a one-way call that says it is a call holds up the answers behind it: counted, and said once, with what to do", async () => {
  const world = await thrift(), client = world.client(), warned = (): string[] => world.emulator.logs.texts("warn");
  client.send(join(call("Ev:notify", 1), call("echo", 2), call("echo", 3)));
  client.lane("a").send(join(reply("echo", 2), reply("echo", 3)));
  assert.equal(client.got(), "", "some servers answer in any order");
  assert.equal(world.count("meltemi_overtaking_replies"), 2);
  assert.equal(warned().length, 1);
  assert.match(warned()[0]!, /of method Ev:notify, which may never come: if it is one-way, name it in option oneway or give option idl/);
  client.lane("a").send(reply("notify", 1));
  assert.equal(client.got(), latin(reply("notify", 1), reply("echo", 2), reply("echo", 3)));
});

test("where the option oneway names it, or answers may come in any order, nothing waits and nothing is said", async () => {
  for (const options of [{ oneway: ["notify"] }, { order: "free" }]) {
    const world = await thrift({}, options), client = world.client().send(join(call("notify", 1), call("echo", 2)));
    client.lane("a").send(reply("echo", 2));
    assert.equal(client.got(), latin(reply("echo", 2)));
    assert.equal(world.count("meltemi_overtaking_replies"), 0);
  }
});

test("a method of no plain name is not written to the log", async () => {
  const world = await thrift(), client = world.client().send(join(call("a b\nFORGED", 1), call("echo", 2)));
  client.lane("a").send(reply("echo", 2));
  assert.match(world.emulator.logs.last("warn")!, /of a method of no plain name, /);
});
