/** Shared tokens, with the toy protocol in the emulator. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { countedWasm, workOf } from "../../harness/build/counted.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { call, type Config, World } from "../framework/world.ts";

const TEXT = "the token is missing or wrong";
const REFUSED = `error 1 ${TEXT.length} reason=Denied code=0\n${TEXT}`;
const tokens = (more: Config = {}): Config => ({ name: "token", config: { key: "key", tokens: ["alpha-secret", "bravo"], ...more } });

/** What the server gets of a request; null: it was refused. */
function sent(world: World, fields: string): string | null {
  const client = world.client(), got = client.send(call(1, "a", "", fields)).got();
  if (client.lanes("a").length) return client.at("a");
  assert.equal(got, REFUSED);
  return null;
}

test("who knows a token passes, nobody else", async () => {
  const world = await World.open({ filters: [tokens()] });
  for (const fields of [" key=alpha-secret", " key=bravo", " KEY=bravo"]) assert.equal(sent(world, fields), call(1, "a", "", fields));
  for (const fields of ["", " key=", " key=Bravo", " key=bravo1", " key=brav", " key=alpha-secreT", " key=?", " key=bravo key=bravo", " other=bravo"]) assert.equal(sent(world, fields), null, fields);
});

test("where its entry's match cannot be decided, the door stays shut", async () => {
  const world = await World.open({ filters: [{ ...tokens(), match: [[{ key: "user", exact: "root" }]] }] });
  for (const fields of ["", " user=ann"]) assert.equal(sent(world, fields), call(1, "a", "", fields));
  for (const fields of [" user=root", " user=?", " user=ann user=root"]) assert.equal(sent(world, fields), null, fields);
});

test("a prefix, and no trace of the token for the server", async () => {
  const world = await World.open({ filters: [tokens({ prefix: "Key:", remove: true })] });
  assert.equal(sent(world, " key=key:bravo x=1"), call(1, "a", "", " x=1"));
  for (const fields of [" key=bravo", " key=Key:", " key=K"]) assert.equal(sent(world, fields), null, fields);
});

test("no secret is in any log, error or metric", async () => {
  const world = await World.open({ filters: [tokens()] });
  for (const fields of [" key=alpha-secret", " key=alpha-secreT"]) sent(world, fields);
  world.count("meltemi_errors");
  assert.doesNotMatch(JSON.stringify([world.emulator.logs.lines, Object.keys(world.emulator.metrics.all())]), /alpha|secre/);
  for (const wrong of ["fine-secret", ["fine-secret", ""], { "fine-secret": 1 }, [["fine-secret"]]]) {
    await assert.rejects(World.open({ filters: [tokens({ tokens: wrong })] }), ({ message }: Error) => /^filters\[0\]\.config\.tokens(\[\d\])?: (found \(hidden\), )?allowed: [a-z0-9. ]+$/.test(message) || assert.fail(message));
  }
});

test("what is wrong in a configuration is refused with its path", async () => {
  const cases: [Config, RegExp][] = [
    [{ key: undefined }, /^filters\[0\]\.config\.key: missing/], [{ tokens: undefined }, /^filters\[0\]\.config\.tokens: allowed: a list of 1\.\.1000 texts$/],
    [{ tokens: [7] }, /^filters\[0\]\.config\.tokens\[0\]: found \(hidden\), allowed/], [{ key: "verb", remove: true }, /^filters\[0\]\.config\.remove: found "verb", which the codec cannot change/],
    [{ token: "x" }, /^filters\[0\]\.config\.token: found an unknown field/],
  ];
  for (const [more, said] of cases) await assert.rejects(World.open({ filters: [tokens(more)] }), ({ message }: Error) => said.test(message) || assert.fail(message));
});

test("Redis has no such key: refused when it is configured, with that reason", async () => {
  await assert.rejects(World.of("redis", { defaultCluster: "a", filters: [tokens({ key: "authorization" })] }), /filters\[0\]\.config\.key: found "authorization", which the codec does not supply for requests/);
});

test("the work of a comparison does not tell where it differs, nor which token it is", async () => {
  const emulator = Emulator.load(await countedWasm(await buildGuest("tests/toy/index.ts"), "token-work"));
  const secrets = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"];
  // all are refused in the end, so that what follows is the same
  const filters = [{ name: "token", config: { key: "key", tokens: secrets } }, { name: "auth", config: { default: "deny" } }];
  const root = emulator.createRoot(JSON.stringify({ codec: "toy", defaultCluster: "a", filters }));
  const connection = emulator.newConnection(root, new FakeHcm());
  const work = (key: string): number => {
    const before = workOf(emulator, root);
    connection.downstream(call(1, "a", "", ` key=${key}`));
    emulator.drainQueues();
    return workOf(emulator, root) - before;
  };
  // until the memory that each takes is there
  for (let i = 0; i < 100; i++) work(i % 2 ? secrets[0]! : "x".repeat(16));
  const wrong = ["xaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaax", "aaaaaaaaxaaaaaaa", "bbbbbbbbbbbbbbbx", "cccccccccccccccx", "xxxxxxxxxxxxxxxx"].map(work), right = secrets.map(work);
  assert.equal(new Set(wrong).size, 1, `wrong ones: ${wrong.join(", ")}`);
  assert.equal(new Set(right).size, 1, `right ones: ${right.join(", ")}`);
  connection.close();
});
