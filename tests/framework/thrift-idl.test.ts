/** Thrift with an IDL, as configurations come: keys of arguments, another IDL, and requests that pass while they are checked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii, bytes, framed, join, repeat, STOP, strict, u32 } from "../../codecs/thrift/vectors/bytes.ts";
import { RDS, Server } from "./server.ts";
import { type Config, World } from "./world.ts";

/** service { string echo(1: string text), void many(1: list<string> words, 2: optional string last) } */
const IDL = { types: [[15, 11]], structs: [[1, 11, 0, "text"], [1, 32, 0, "words", 2, 11, 1, "last"]], calls: { echo: 0, many: 1 } };
/** The same but for the id of the text. */
const OTHER = { ...IDL, structs: [[3, 11, 0, "text"], IDL.structs[1]] };

const text = (value: string, id = 1): Buffer => join(bytes(0x0b, 0, id), u32(value.length), ascii(value));
const echo = (value: string, id = 1): Buffer => framed(strict("echo", join(text(value, id), STOP)));
const words = (count: number, type = 0x0b): Buffer => join(bytes(0x0f, 0, 1, type), u32(count), repeat(join(u32(12), ascii("twelve bytes")), count));
const many = (count: number, more: Buffer = STOP.subarray(1)): Buffer => strict("many", join(words(count), more, STOP));

const deny = (key: string, value: string): Config => ({ filters: [{ name: "auth", config: { rules: [{ name: "no", action: "deny", match: [[{ key, exact: value }]] }], default: "allow" } }] });
const SPOKEN = { transports: ["unframed", "framed", "header"], protocols: ["binary", "compact"] };
const with_ = (idl: object | undefined, more: Config): Config => ({ codec: "thrift", options: { ...SPOKEN, ...(idl ? { idl } : {}) }, defaultCluster: "a", routes: undefined, ...more });

test("keys of arguments are there as the IDL says, and cannot be changed", async () => {
  const routed = (key: string): Config => ({ routes: [{ match: [[{ key, exact: "b" }]], cluster: "b" }] });
  const refusals: [object | undefined, Config, RegExp][] = [
    [undefined, routed("args.text"), /^routes\[0\]\.match\[0\]\[0\]\.key: found "args\.text", which the codec does not supply/],
    [undefined, deny("args.text", "x"), /^filters\[0\]\.config\.rules\[0\]\.match\[0\]\[0\]\.key: found "args\.text"/],
    [IDL, routed("args.nope"), /found "args\.nope", which the codec does not supply/],
    [IDL, { routes: [{ cluster: "a", request: { set: { "args.text": "x" } } }] }, /found "args\.text", which the codec cannot change/],
    [IDL, { routes: [{ cluster: "a", response: { set: { "args.text": "x" } } }] }, /found "args\.text", which the codec does not supply for replies/],
    [{ ...IDL, types: [[15, 99]] }, {}, /^options\.idl\.types\[0\]\[1\]: found 99/],
  ];
  for (const [idl, more, said] of refusals) await assert.rejects(World.of("thrift", with_(idl, more)), (error: Error) => { assert.match(error.message, said); return true; });
  const client = (await World.of("thrift", with_(IDL, routed("ARGS.Text")))).client().send(join(echo("b"), echo("c")));
  assert.equal(client.at("b"), echo("b").toString("latin1"));
  assert.equal(client.at("a"), echo("c").toString("latin1"));
});

test("another IDL is in force with its rules; one that a rule's key is not in is refused, and changes nothing", async () => {
  const server = new Server(await World.of("thrift", { rds: RDS })), rules = deny("args.text", "x");
  const denied = (client: ReturnType<World["client"]>, id: number): boolean => /access denied/.test(client.send(echo("x", id)).got());
  server.give("v1", with_(IDL, rules));
  const client = server.world.client();
  assert.ok(denied(client, 1));
  assert.match(server.give("v2", with_({ ...IDL, structs: [[1, 11, 0, "word"], IDL.structs[1]] }, rules)).refusal, /^filters\[0\]: found "args\.text", which the codec does not supply/);
  assert.match(server.give("v3", with_(undefined, rules)).refusal, /found "args\.text", which the codec does not supply/);
  assert.ok(denied(client, 1), "v1 is in force");
  assert.equal(server.give("v4", with_(OTHER, rules)).refusal, "");
  assert.ok(denied(client, 3));
  assert.match(client.send(echo("y", 1)).got(), /cannot be read/, "the id of old is none now");
});

for (const [how, wrap] of [["framed", framed], ["unframed", (message: Buffer): Buffer => message]] as const) {
  test(`${how}: a long request passes while it is checked; what differs later does not, and ends the connection`, async () => {
    const long = many(20_000), good = wrap(many(20_000, text("end", 2)));
    const world = await World.of("thrift", with_(IDL, {})), pieces = (client: ReturnType<World["client"]>, all: Buffer): void => {
      for (let at = 0; at < all.length && !client.connection.closed; at += 10_000) client.send(all.subarray(at, at + 10_000));
    };
    const client = world.client();
    pieces(client, good);
    assert.ok(client.lane("a").received.equals(good));
    const other = world.client();
    pieces(other, wrap(join(long.subarray(0, -1), bytes(0x0f, 0, 2, 0x0a), u32(2), ascii("SMUGGLED or not."), STOP)));
    assert.ok(!other.lane("a").received.includes("SMUGGLED"));
    assert.equal(other.connection.closed, true);
  });

  test(`${how}: of a long request no rule sees the arguments, so none lets it in`, async () => {
    const world = await World.of("thrift", with_(IDL, deny("args.last", "x"))), client = world.client(), long = wrap(many(20_000, text("y", 2)));
    client.send(long.subarray(0, 100_000)).send(long.subarray(100_000));
    assert.match(client.got(), /access denied/);
    assert.match(world.client().send(wrap(many(2, text("x", 2)))).got(), /access denied/);
    assert.equal(world.client().send(wrap(many(2, text("y", 2)))).got(), "");
  });
}
