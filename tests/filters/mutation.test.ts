/** Changes of requests and replies, by the filter and by routes: one implementation, with values made for each message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, route, World } from "../framework/world.ts";

type Ways = [name: string, open: (changes: Config, more?: Config) => Promise<World>][];

/** The same changes as a filter's and as a route's. */
const WAYS: Ways = [
  ["filter", (config, more = {}) => World.open({ filters: [{ name: "mutation", config }], ...more })],
  ["route", (changes, more = {}) => World.open({ routes: [route("a", { name: "main", ...changes })], ...more })],
];

for (const [name, open] of WAYS) {
  test(`${name}: sets, appends and removes keys of requests and replies`, async () => {
    const changes = { set: { mark: "100%%", user: "bob" }, append: { seen: "b" }, remove: ["debug"] };
    const client = (await open({ request: changes, response: changes })).client();
    client.send(call(1, "a", "", " user=ann seen=a debug=1"));
    assert.equal(client.at("a"), call(1, "a", "", " seen=a mark=100% user=bob seen=b"));
    client.lane("a").send(ok(1, "", " user=eve debug=1 other=x"));
    assert.equal(client.got(), ok(1, "", " other=x mark=100% user=bob seen=b"));
  });

  test(`${name}: values from the request, its connection and its exchange`, async () => {
    const world = await open({ request: { set: {
      who: "%REQ(user?id)%-%REQ(nick):2%", service: "%SERVICE%", from: "%PROPERTY(source.address)%/%PROPERTY(source.port)%/%PROPERTY(connection.mtls)%",
    } } }, { service: "demo" });
    const client = world.client();
    client.connection.properties.set(["source", "address"], "10.1.2.3:4567");
    client.send(call(1, "a", "", " nick=annabel"));
    client.send(call(2, "a", "", " user=bob user=eve"));
    assert.match(client.at("a"), /^call 1 0 to=a nick=annabel who=1-an service=demo from=10\.1\.2\.3:4567\/\d+\/false\n.* user=bob user=eve who=bob- service=demo/);
  });

  test(`${name}: values of the request in its reply, each in its own`, async () => {
    const client = (await open({ response: { set: { asked: "%REQ(user)%", code: "%RESP(code)%", where: "%CLUSTER%@%UPSTREAM_HOST%" } } })).client();
    client.send(call(1, "a", "", " user=ann") + call(2, "a", "", " user=bob") + call(3, "a"));
    client.lane("a").send(ok(2, "", " code=7") + ok(3) + ok(1));
    assert.equal(client.got(), [
      "ok 2 0 asked=bob code=7 where=a@", "ok 3 0 where=a@", "ok 1 0 asked=ann where=a@",
    ].map((line) => `${line}\n`).join(""));
  });

  test(`${name}: a value that is not there, hidden or no text changes nothing`, async () => {
    const client = (await open({ request: { set: { to2: "%REQ(user)%", plain: "x%REQ(nobody)%" }, append: { more: "%REQ(raw)%" } } })).client();
    client.send("call 1 0 to=a user=?\n");
    client.send(Buffer.from("call 2 0 to=a raw=\xff\n", "latin1"));
    assert.equal(client.at("a"), "call 1 0 to=a user=?\ncall 2 0 to=a raw=\xff\n");
  });

  test(`${name}: what is kept for replies is used again, and nothing is left behind`, async () => {
    const world = await open({ response: { set: { asked: "%REQ(user)%" } } }), client = world.client();
    for (let i = 0; i < 2000; i++) {
      client.send(call(1, "a", "", ` user=u${i}`) + call(2, "a", "", ` user=v${i}`));
      client.lane("a").send(ok(2) + ok(1));
      assert.equal(client.got(), ok(2, "", ` asked=v${i}`) + ok(1, "", ` asked=u${i}`));
    }
    client.send(call(1, "a", "", " user=gone"));
  });

  const WRONG: [string, Config, RegExp][] = [
    ["a key that cannot be changed", { request: { set: { verb: "x" } } }, /request\.set\.verb: found "verb", which the codec cannot change, allowed: body, \*$/],
    ["an operator that is none", { request: { set: { a: "x %CLUSTR%" } } }, /request\.set\.a, offset 2: found "%CLUSTR%", allowed: REQ, .*\(did you mean CLUSTER\?\)$/],
    ["a reply's key in a request", { request: { append: { a: "%RESP(code)%" } } }, /request\.append\.a, offset 0: found %RESP%, but there is no reply yet when this is written$/],
    ["a percent sign alone", { response: { set: { a: "100%" } } }, /response\.set\.a, offset 3: found % without the % that ends it; write %% for a percent sign$/],
    ["a value that is not a text", { response: { set: { a: 1 } } }, /response\.set\.a: found 1, allowed: text$/],
    ["an unknown field", { response: { add: {} } }, /response\.add: found an unknown field, allowed: set, append, remove$/],
  ];
  for (const [what, config, said] of WRONG) test(`${name} refused: ${what}`, () => assert.rejects(open(config), said));
}

test("the filter refused: no changes", () => assert.rejects(World.open({ filters: [{ name: "mutation", config: {} }] }), /^Error: .*missing, allowed: changes in request, response, or both/));

test("the filter changes what its match and routes say, and the route's changes come last", async () => {
  const world = await World.open({
    routes: [route("a", { name: "one", request: { set: { by: "route" } } }), route("b", { name: "two" })],
    filters: [
      { name: "mutation", match: [[{ key: "user", exact: "ann" }]], config: { request: { set: { by: "filter" } }, response: { set: { by: "filter" } } } },
      { name: "mutation", routes: ["two"], config: { request: { set: { two: "%ROUTE_NAME%" } } } },
    ],
  });
  const client = world.client().send(call(1, "a", "", " user=ann") + call(2, "b", "", " user=ann") + call(3, "b", "", " user=bob"));
  assert.equal(client.at("a"), call(1, "a", "", " user=ann by=route"));
  assert.equal(client.at("b"), call(2, "b", "", " user=ann by=filter two=two") + call(3, "b", "", " user=bob two=two"));
  client.lane("b").send(ok(2) + ok(3));
  assert.equal(client.got(), ok(2, "", " by=filter") + ok(3));
});

test("a request that its rules change and that must come whole is changed once, when all of it is there", async () => {
  const world = await World.open({ routes: [route("a", { name: "main", request: { set: { body: "%REQ(user)%" } }, response: { set: { asked: "%REQ(user)%" } } })] });
  const client = world.client().send("call 1 10 to=a user=ann\n01234");
  assert.equal(client.hcm.lanes.length, 0);
  client.send("56789");
  assert.equal(client.at("a"), "call 1 3 to=a user=ann\nann");
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1, "", " asked=ann"));
});
