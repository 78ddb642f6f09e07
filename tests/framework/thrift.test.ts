/** Thrift's own ways, in the emulator: what Finagle's clients ask first, and one-way calls that do not say that they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ARGUMENT, CALL, EXCEPTION, framed, hex, join, old, PROBE, REPLY, STOP, strict, u32 } from "../../codecs/thrift/vectors/bytes.ts";
import { RDS, Server } from "./server.ts";
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
const plain = unknown(PROBE, "headers before messages are not supported", 0), probe = strict(PROBE, STOP, CALL, 0);
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

test("without the option upgraded requests cannot be read", async () => {
  const client = (await thrift()).client().send(join(framed(probe), framed(join(STOP, strict("drop"))), call("echo", 1)));
  assert.equal(client.at("a"), latin(call("echo", 1)));
});

const FINAGLE = { finagle: true }, NO_DROP = { routes: [{ match: [[{ key: "method", exact: "echo" }]], cluster: "a" }, { match: [[{ key: "method", prefix: "__can__" }]], cluster: "a" }], defaultCluster: undefined };
/** A trace and a span; a list of contexts. */
const headers = join(hex("0a 0001 0000000000000007 0a 0002 0000000000000009 0f 0007 0c 00000001"), hex("0b 0001 00000004 61626364 00"), STOP);
const upgraded = (message: Buffer, before = headers): Buffer => framed(join(before, message));
const consent = framed(strict(PROBE, STOP, REPLY, 0)), noRoute = unknown("drop", "no route matches this request", 5);

test("option finagle: what comes behind the probe waits for the server's word; then headers stand before messages, both ways", async () => {
  const client = (await thrift(NO_DROP, FINAGLE)).client(), first = upgraded(strict("echo", ARGUMENT, CALL, 0)), second = upgraded(strict("echo", ARGUMENT, CALL, 9), STOP);
  client.send(join(framed(probe), first));
  assert.equal(client.at("a"), latin(framed(probe)));
  client.lane("a").send(consent);
  assert.equal(client.got(), latin(consent));
  assert.equal(client.at("a"), latin(framed(probe), first));
  client.send(join(upgraded(strict("drop", ARGUMENT, CALL, 5)), second));
  assert.equal(client.at("a"), latin(framed(probe), first, second), "no rule leads anywhere for the one in between");
  const replies = [upgraded(strict("echo", STOP, REPLY, 0)), upgraded(strict("echo", STOP, REPLY, 9), STOP)] as const;
  client.lane("a").send(join(...replies));
  assert.equal(client.got(), latin(replies[0], framed(join(STOP, noRoute)), replies[1]));
});

test("the same byte by byte", async () => {
  const client = (await thrift(NO_DROP, FINAGLE)).client(), request = upgraded(strict("echo", ARGUMENT, CALL, 9)), answer = upgraded(strict("echo", STOP, REPLY, 9));
  for (const byte of join(framed(probe), request)) client.send(Buffer.of(byte));
  for (const byte of consent) client.lane("a").send(Buffer.of(byte));
  assert.equal(client.got(), latin(consent));
  for (let n = 0; n < 2; n++) {
    assert.equal(client.at("a"), latin(framed(probe), ...Array.from({ length: n + 1 }, () => request)));
    for (const byte of answer) client.lane("a").send(Buffer.of(byte));
    assert.equal(client.got(), latin(answer));
    for (const byte of request) client.send(Buffer.of(byte));
  }
});

test("a server that does not know the probe: requests stay plain, and are bound to nothing", async () => {
  const routes = [{ match: [[{ key: "method", exact: "other" }]], cluster: "b" }, { cluster: "a" }];
  const client = (await thrift({ routes, defaultCluster: undefined }, FINAGLE)).client().send(join(framed(probe), call("other", 2)));
  client.lane("a").send(framed(unknown(PROBE, "what?", 0)));
  assert.equal(client.got(), latin(framed(unknown(PROBE, "what?", 0))));
  assert.equal(client.at("b"), latin(call("other", 2)));
});

test("headers that cannot be read cost their message; a plain one is none", async () => {
  const client = (await thrift({}, FINAGLE)).client().send(framed(probe));
  client.lane("a").send(consent);
  client.got();
  const good = upgraded(strict("echo", ARGUMENT, CALL, 9));
  client.send(join(call("drop", 5), upgraded(strict("drop"), hex("63 0001 00")), framed(headers.subarray(0, -1)), upgraded(join(strict("echo"), strict("drop"))), good));
  assert.equal(client.at("a"), latin(framed(probe), good));
});

test("inline: the same, and an error takes the place of a carrier's answer", async () => {
  const world = await thrift({ ...NO_DROP, upstream: "inline" }, FINAGLE), connection = world.emulator.newConnection(world.root, null);
  const ask = (bytes: Buffer): string => (connection.downstream(bytes), world.emulator.drainQueues(), connection.takeForwarded().toString("latin1"));
  const serve = (bytes: Buffer): string => (connection.upstream(bytes), world.emulator.drainQueues(), connection.takeWritten().toString("latin1"));
  assert.equal(ask(framed(probe)), latin(framed(probe)));
  assert.equal(serve(consent), latin(consent));
  assert.equal(ask(upgraded(strict("drop", ARGUMENT, CALL, 5))), latin(framed(join(STOP, strict("meltemi_carrier", STOP, CALL, 5)))));
  assert.equal(serve(upgraded(unknown("meltemi_carrier", "what?", 5), STOP)), latin(framed(join(STOP, noRoute))));
});

test("behind filters that guard there is no such option; and who has upgraded before is closed", async () => {
  await assert.rejects(thrift(NOBODY, FINAGLE), /^Error: .*options\.finagle: found true with guarding filters/);
  const server = new Server(await World.of("thrift", { rds: RDS })), base = { codec: "thrift", defaultCluster: "a", routes: undefined };
  server.give("v1", { ...base, options: { ...SPOKEN, ...FINAGLE } });
  const client = server.world.client().send(framed(probe));
  client.lane("a").send(consent);
  assert.equal(client.got(), latin(consent));
  assert.equal(server.give("v2", { ...base, ...NOBODY, options: SPOKEN }).refusal, "");
  const asking = server.world.client().send(framed(probe));
  client.send(upgraded(strict("drop", ARGUMENT, CALL, 5)));
  assert.equal(client.at("a"), latin(framed(probe)));
  assert.equal(client.connection.closed, true);
  assert.equal(asking.got(), latin(framed(plain)));
});

test("the same where the server's word comes when the option is none any more", async () => {
  const server = new Server(await World.of("thrift", { rds: RDS })), base = { codec: "thrift", defaultCluster: "a", routes: undefined };
  server.give("v1", { ...base, options: { ...SPOKEN, ...FINAGLE } });
  const client = server.world.client().send(framed(probe));
  assert.equal(server.give("v2", { ...base, ...NOBODY, options: SPOKEN }).refusal, "");
  client.lane("a").send(consent);
  client.send(framed(join(STOP, old("x", ARGUMENT, CALL))));
  assert.equal(client.at("a"), latin(framed(probe)));
  assert.equal(client.connection.closed, true);
});

test("a word that comes when the client has been told that the server does not know: the connection closes", async () => {
  const world = await thrift({ routes: [{ cluster: "a", timeoutMs: 500 }], defaultCluster: undefined }, FINAGLE), client = world.client().send(framed(probe));
  world.emulator.advance(2000);
  assert.match(client.got(), /no answer in time/);
  client.lane("a").send(consent);
  client.settle();
  assert.equal(client.got(), "");
  assert.equal(client.connection.closed, true);
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

test("a method whose name is not plain text is not written to the log", async () => {
  const world = await thrift(), client = world.client().send(join(call("a b\nFORGED", 1), call("echo", 2)));
  client.lane("a").send(reply("echo", 2));
  assert.match(world.emulator.logs.last("warn")!, /of a method whose name is not plain text, /);
});
