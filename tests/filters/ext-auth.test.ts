/** An HTTP service decides, with the toy protocol in the emulator: the test is the service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpCall } from "../../harness/emulator/calls.ts";
import { call, type Client, type Config, ok, World } from "../framework/world.ts";

const NO = "access denied", NOBODY = "the authorization service is not available";
const denied = (id: number, text: string): string => `error ${id} ${text.length} reason=Denied code=0\n${text}`;
const extAuth = (more: Config = {}): Config => ({ name: "extAuth", config: { cluster: "authz", path: "/check", headers: { "X-User": "user" }, ...more } });
const open = (more: Config = {}, world: Config = {}): Promise<World> => World.open({ filters: [extAuth(more)], ...world });

/** The calls that nobody has answered, oldest first. */
function asked(world: World): HttpCall[] { return world.emulator.calls.http.slice(answeredOf.get(world) ?? 0); }
const answeredOf = new Map<World, number>();

function answer(world: World, status: number, headers: [string, string][] = []): HttpCall {
  const [one] = asked(world);
  assert.ok(one, "nobody has asked");
  answeredOf.set(world, (answeredOf.get(world) ?? 0) + 1);
  world.emulator.calls.answerHttp(one, status ? [[":status", String(status)], ...headers] : []);
  world.emulator.drainQueues();
  return one;
}

const sent = (client: Client): string => client.lanes("a").length ? client.at("a") : "";

test("an answer decides: 2xx goes on, 3xx and 4xx are refused, 5xx and reset follow the failure mode", async () => {
  for (const [onFailure, failed] of [["deny", NOBODY], ["allow", ""]] as const) {
    const world = await open({ onFailure });
    for (const [status, text] of [[200, ""], [204, ""], [299, ""], [301, NO], [400, NO], [401, NO], [403, NO], [404, NO], [429, NO], [500, failed], [503, failed], [504, failed], [0, failed]] as const) {
      const client = world.client().send(call(1, "a", "body", " user=ann"));
      assert.deepEqual([client.got(), sent(client)], ["", ""], "it waits");
      answer(world, status);
      assert.deepEqual([client.got(), sent(client)], text ? [denied(1, text), ""] : ["", call(1, "a", "body", " user=ann")], `${status}, ${onFailure}`);
    }
    assert.equal(world.count("meltemi_ext_auth_failed"), 4);
  }
});

test("what the service is asked", async () => {
  const world = await open({ host: "authz.example", timeoutMs: 77, headers: { "x-user": "user", "x-verb": "verb" } });
  world.client().send(call(1, "a", "", " user=ann user=bob"));
  const { cluster, headers, timeoutMs } = answer(world, 200);
  assert.deepEqual({ cluster, timeoutMs, headers }, {
    cluster: "authz", timeoutMs: 77,
    headers: [[":method", "GET"], [":path", "/check"], [":authority", "authz.example"], ["x-user", "ann"], ["x-user", "bob"], ["x-verb", "call"]],
  });
});

test("no value adds a header: what none may hold is written as %xx, and different values stay different", async () => {
  const world = await open({ headers: { "x-body": "body" } });
  const asks = (body: string): string => {
    world.client().send(Buffer.from(call(1, "a", body), "latin1"));
    return answer(world, 200).headers.find(([name]) => name === "x-body")![1];
  };
  assert.equal(asks("a\r\nx-admin: true\r\n\r\n"), "a%0d%0ax-admin: true%0d%0a%0d%0a");
  assert.equal(asks("100% \0\x7f\xe9 ~"), "100%25 %00%7f%e9 ~");
  assert.equal(asks(" blank "), "%20blank%20");
  assert.equal(asks("a%0d"), "a%250d");
  assert.equal(asks(""), "");
});

test("a key that cannot be read is refused, whatever the failure mode; so is a request that says too much", async () => {
  const world = await open({ onFailure: "allow" });
  assert.equal(world.client().send(call(1, "a", "", " user=?")).got(), denied(1, NO));
  const long = await open({ onFailure: "allow", headers: { "x-body": "body" } });
  assert.match(long.client().send(call(1, "a", "x".repeat(33_000))).got(), /too much metadata/);
  assert.deepEqual([asked(world).length, asked(long).length], [0, 0]);
});

test("headers of the answer become facts for routes, and changes", async () => {
  const routes = [{ match: [[{ key: "extAuth.role", exact: "admin" }]], cluster: "admins" }];
  const world = await open({ facts: { role: "X-Role" }, set: { account: "x-account" } }, { routes, defaultCluster: "a" });
  const admin = world.client().send(call(1, "a", "", " account=forged extAuth.role=none"));
  answer(world, 200, [["x-role", "admin"], ["x-account", "42"]]);
  assert.equal(admin.at("admins"), call(1, "a", "", " extAuth.role=none account=42"));
  const other = world.client().send(call(1, "a", "", " account=7 extAuth.role=admin"));
  answer(world, 200, []);
  assert.equal(other.at("a"), call(1, "a", "", " account=7 extAuth.role=admin"));
  const refused = world.client().send(call(1, "a"));
  answer(world, 403, [["x-role", "admin"], ["x-account", "42"]]);
  assert.equal(refused.got(), denied(1, NO));
  const much = world.client().send(call(1, "a"));
  answer(world, 200, [["x-account", "4".repeat(9000)]]);
  assert.equal(much.got(), denied(1, NOBODY));
});

test("two requests that wait together each get what their own answer said", async () => {
  const world = await open({ set: { account: "x-account" } }), client = world.client().send(call(1, "a") + call(2, "a") + call(3, "a"));
  for (const id of [1, 2, 3]) answer(world, 200, [["x-account", `n${id}`]]);
  assert.equal(client.at("a"), [1, 2, 3].map((id) => call(id, "a", "", ` account=n${id}`)).join(""));
});

test("where order is strict, what follows waits; where it is free, it does not", async () => {
  const filters = [{ ...extAuth(), match: [[{ key: "user", present: true }]] }];
  const strict = await World.open({ filters, options: { order: "strict" } }), one = strict.client().send(call(1, "a", "", " user=ann") + call(2, "a"));
  assert.equal(sent(one), "");
  answer(strict, 403);
  assert.equal(sent(one), call(2, "a"));
  one.lane("a").send(ok(2));
  assert.equal(one.got(), denied(1, NO) + ok(2));
  const free = await World.open({ filters }), two = free.client().send(call(1, "a", "", " user=ann") + call(2, "a"));
  assert.equal(sent(two), call(2, "a"));
  answer(free, 200);
  assert.equal(sent(two), call(2, "a") + call(1, "a", "", " user=ann"));
});

test("so many calls are in flight and no more; clients that leave give their place back", async () => {
  const world = await open({ maxOpen: 3 }), clients = Array.from({ length: 3 }, () => world.client().send(call(1, "a")));
  assert.equal(world.client().send(call(1, "a")).got(), denied(1, NOBODY));
  clients[0]!.connection.close();
  assert.equal(world.client().send(call(1, "a")).got(), denied(1, NOBODY), "its call is still in flight");
  for (let i = 0; i < 3; i++) answer(world, 200);
  assert.deepEqual(clients.slice(1).map(sent), [call(1, "a"), call(1, "a")]);
  for (let round = 0; round < 50; round++) {
    const client = world.client().send(call(1, "a"));
    if (round % 2) client.connection.close();
    answer(world, 200);
    assert.equal(sent(client), round % 2 ? "" : call(1, "a"));
  }
});

test("a cluster that is not there: the failure mode", async () => {
  for (const [onFailure, text] of [["deny", denied(1, NOBODY)], ["allow", ""]]) {
    const world = await open({ onFailure });
    world.emulator.calls.clusters = new Set();
    assert.equal(world.client().send(call(1, "a")).got(), text);
  }
});

test("no value is in any log, error or metric", async () => {
  const world = await open(), client = world.client().send(call(1, "a", "", " user=s3cret"));
  answer(world, 500, [["x-why", "s3cret"]]);
  world.count("meltemi_errors");
  assert.doesNotMatch(client.got() + JSON.stringify([world.emulator.logs.lines, Object.keys(world.emulator.metrics.all())]), /s3cret/);
});

test("what is wrong in a configuration is refused with its path", async () => {
  const cases: [Config, RegExp][] = [
    [{ cluster: undefined }, /\.cluster: missing/], [{ path: "check" }, /\.path: allowed: a path that begins with \/$/], [{ onFailure: "open" }, /\.onFailure: found "open", allowed: deny, allow$/],
    [{ timeoutMs: 0 }, /\.timeoutMs: found 0/], [{ maxOpen: 0 }, /\.maxOpen: found 0/], [{ headers: { "x y": "user" } }, /\.headers\["x y"\]: allowed: names of headers/],
    [{ headers: { ":path": "user" } }, /: allowed: names of headers/], [{ headers: { host: "user" } }, /\.headers\.host: allowed: names of headers/], [{ set: { verb: "x" } }, /\.set\.verb: found "verb", which the codec cannot change/],
    [{ facts: { role: "" } }, /\.facts\.role: allowed: names of headers/], [{ url: "x" }, /\.url: found an unknown field/],
  ];
  for (const [more, said] of cases) await assert.rejects(open(more), ({ message }: Error) => (message.startsWith("filters[0].config") && said.test(message)) || assert.fail(message));
  await assert.rejects(World.of("redis", { defaultCluster: "a", filters: [extAuth({ headers: {}, set: { token: "x" } })] }), /filters\[0\]\.config\.set\.token: found "token"/);
});

test("a request with more values than a call can carry is refused, whatever happens on failure", async () => {
  const world = await open({ onFailure: "allow", headers: { u: "u" } });
  for (const [count, text] of [[1000, ""], [1300, "the request has too much metadata for the authorization service"]] as const) {
    const client = world.client().send(call(1, "a", "", " u=".repeat(count)));
    if (!text) answer(world, 200);
    assert.deepEqual([client.got(), sent(client) !== ""], text ? [denied(1, text), false] : ["", true], `${count}`);
  }
});

test("facts that are too much to tell open nothing", async () => {
  const one = extAuth({ facts: { a: "x-a" } }), other = extAuth({ facts: { b: "x-b" } }), third = extAuth({ facts: { c: "x-c" } });
  const world = await World.open({ filters: [one, other, third] }), client = world.client().send(call(1, "a"));
  for (const name of ["x-a", "x-b", "x-c"]) answer(world, 200, [[name, "n".repeat(7 << 10)]]);
  assert.deepEqual([client.got(), sent(client)], [denied(1, "the authorization service's answer is too large"), ""]);
});
