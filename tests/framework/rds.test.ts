/** Configurations that come while connections are open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RDS, Server } from "./server.ts";
import { call, type Config, ok, route, World } from "./world.ts";

const all = (cluster: string, more: Config = {}): Config => ({ routes: [{ name: "all", cluster, ...more }] });
const endpoints = (...ports: number[]): Config => ({ clusters: { a: { endpoints: ports.map((port) => ({ address: `127.0.0.1:${port}` })) } } });

test("a listener asks for its configuration; requests wait for it, and it is acknowledged", async () => {
  const server = await Server.open(), client = server.world.client().send(call(1, "a") + call(2, "b"));
  assert.deepEqual([server.stream.cluster, server.stream.service, server.stream.method], ["xds", "envoy.service.discovery.v3.AggregatedDiscoveryService", "StreamAggregatedResources"]);
  assert.deepEqual({ ...server.asked, node: "" }, { version: "", node: "", resource: "the listener", type: "type.googleapis.com/meltemi.v1.RouteConfiguration", nonce: "", refusal: "" });
  assert.equal(client.hcm.lanes.length, 0);
  const { version, nonce, refusal } = server.give("v1");
  assert.deepEqual([version, nonce, refusal], ["v1", "n1", ""]);
  assert.equal(client.at("a") + client.at("b"), call(1, "a") + call(2, "b"));
});

test("while none comes requests wait for so long, then they are refused; the first one serves them", async () => {
  const server = await Server.open({ rds: { ...RDS, waitMs: 1000 } }), client = server.world.client().send(call(1, "a"));
  server.world.emulator.advance(900);
  assert.equal(client.got(), "");
  server.world.emulator.advance(400);
  assert.match(client.got(), /^error 1 \d+ reason=RouteNotFound code=0\nno routes have come from the control plane yet$/);
  server.give("v1");
  assert.equal(client.send(call(2, "a")).at("a"), call(2, "a"));
});

test("with something to begin with, nothing waits", async () => {
  const server = await Server.open(all("b"));
  assert.equal(server.world.client().send(call(1, "a")).at("b"), call(1, "a"));
});

test("the next request of an open connection goes by the new rules, those before it by theirs to the end", async () => {
  const server = await Server.open(), reply = (mark: string): Config => ({ response: { set: { mark } } });
  server.give("v1", all("a", reply("old")));
  const client = server.world.client().send(call(1, "x"));
  server.give("v2", all("b", reply("new")));
  client.send(call(2, "x"));
  client.lane("b").send(ok(2));
  client.lane("a").send(ok(1));
  const got = client.got();
  assert.match(got, /ok 2 0.* mark=new/);
  assert.match(got, /ok 1 0.* mark=old/);
  assert.equal(client.lanes("a").length, 1);
});

test("the codec knows whether there are guards, as long as some request goes by rules with one", async () => {
  const server = await Server.open(), auth = { filters: [{ name: "auth", config: { default: "allow" } }] };
  const routes = [{ match: [[{ key: "k", exact: "~x" }]], cluster: "a" }], other = { defaultCluster: "b" };
  server.give("v1", { routes, ...other });
  const client = server.world.client().send(call(1, "", "", " k=~x"));
  assert.equal(client.at("a"), call(1, "", "", " k=~x"));
  server.give("v2", { routes, ...other, ...auth });
  assert.equal(client.send(call(2, "", "", " k=~x")).at("b"), call(2, "", "", " k=~x"), "hidden: no rule matches");
  server.give("v3", { routes, ...other });
  assert.equal(client.send(call(3, "", "", " k=~x")).lanes("a").length, 1, "call 2 still goes by v2");
  client.lane("b").send(ok(2) + ok(3));
  client.lane("a").send(ok(1));
  server.world.emulator.advance(1100);
  assert.equal(client.send(call(4, "", "", " k=~x")).lanes("a").at(-1)?.received.toString("latin1").endsWith(call(4, "", "", " k=~x")), true);
});

test("a lane to a cluster that no configuration has any more ends when nothing is open on it", async () => {
  const server = await Server.open();
  server.give("v1", all("a"));
  const client = server.world.client().send(call(1, "x"));
  server.give("v2", all("b"));
  client.settle();
  assert.equal(client.lane("a").ended, false);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  server.world.emulator.advance(1100);
  client.settle();
  assert.equal(client.lane("a").ended, true);
  server.give("v3", all("a"));
  assert.equal(client.send(call(2, "x")).at("a"), call(2, "x"));
  assert.equal(client.lanes("a").length, 2);
});

const REFUSED: [string, Config, RegExp][] = [
  ["an unknown field", { rotes: [] }, /^rotes: found an unknown field/],
  ["another codec", { codec: "dubbo" }, /^codec: found "dubbo", allowed: "toy", as this listener was made with$/],
  ["another upstream", { upstream: "inline" }, /^upstream: found "inline", allowed: "lanes"/],
  ["another service", { service: "other" }, /^service: found "other", allowed: ""/],
  ["a filter that is wrong", { filters: [{ name: "fault", config: { delay: { ms: -1 } } }] }, /^filters\[0\]\.config/],
  ["options that are wrong", { options: { order: "any" } }, /^options\.order: found "any"/],
  ["neither routes nor a cluster", { routes: undefined }, /^routes: missing/],
];

for (const [what, config, why] of REFUSED) {
  test(`refused, and nothing changes: ${what}`, async () => {
    const server = await Server.open();
    server.give("v1");
    const { version, nonce, refusal } = server.give("v2", config);
    assert.deepEqual([version, nonce], ["v1", "n2"]);
    assert.match(refusal, why);
    assert.equal(server.world.client().send(call(1, "c")).at("c"), call(1, "c"));
    assert.deepEqual([server.give("v3").version, server.asked.refusal], ["v3", ""]);
  });
}

test("refused: no JSON, no message, a name that is not ours changes nothing", async () => {
  const server = await Server.open();
  server.give("v1");
  assert.match(server.send("v2", Buffer.from("\x0a\x0cthe listener\x12\x01{", "latin1")).refusal, /^1:2: /);
  assert.equal(server.send("v3", Buffer.from("\xff\xff\xff", "latin1")).refusal, "the answer cannot be read");
  assert.deepEqual([server.give("v4", all("b"), "another").version, server.asked.refusal], ["v1", ""]);
  assert.equal(server.world.client().send(call(1, "a")).at("a"), call(1, "a"));
});

test("a stream that ends is opened again after a while, longer each time; what came last stays in force", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v1", all("b"));
  for (const [streams, wait] of [[2, 250], [3, 450], [4, 850]]) {
    emulator.calls.closeGrpc(server.stream, 14);
    emulator.drainQueues();
    emulator.advance(wait!);
    emulator.drainQueues();
    assert.equal(server.streams.length, streams);
    assert.deepEqual([server.asked.version, server.asked.nonce], ["v1", ""]);
    assert.equal(server.world.client().send(call(1, "a")).at("b"), call(1, "a"));
  }
  assert.equal(server.give("v2").version, "v2");
  assert.equal(server.world.count("meltemi_rds_accepted"), 2);
  assert.equal(server.world.count("meltemi_rds_disconnected"), 3);
});

test("a cluster that is not there yet is asked again", async () => {
  const world = await World.open({ routes: undefined, rds: RDS }), server = new Server(world);
  world.emulator.calls.closeGrpc(server.stream, 14, "no");
  world.emulator.drainQueues();
  world.emulator.advance(300);
  assert.equal(server.streams.length, 2);
  server.give("v1");
  assert.equal(world.client().send(call(1, "a")).at("a"), call(1, "a"));
});

test("lanes follow endpoints: one that leaves is drained, one that comes gets its share, the others stay", async () => {
  const server = await Server.open(), to = (client: ReturnType<World["client"]>): string[] => client.lanes("a").filter((lane) => !lane.ended).map(({ headers }) => headers["x-meltemi-endpoint"]!.slice(10));
  server.give("v1", { ...all("a"), ...endpoints(1, 2) });
  const client = server.world.client().send(call(1, "x") + call(2, "x"));
  assert.deepEqual(to(client).sort(), ["1", "2"]);
  server.give("v2", { ...all("a"), ...endpoints(2, 3) });
  client.send(call(3, "x") + call(4, "x") + call(5, "x") + call(6, "x"));
  assert.deepEqual(to(client).sort(), ["1", "2", "3"], "what is open on the one that leaves is answered first");
  assert.equal(client.lanes("a").length, 3, "no lane was made anew");
  for (const lane of client.lanes("a")) for (const [, id] of lane.received.toString("latin1").matchAll(/call (\d)/g)) lane.send(ok(Number(id)));
  assert.equal([...client.got().matchAll(/ok \d/g)].length, 6);
  server.world.emulator.advance(1100);
  client.settle();
  assert.deepEqual(to(client).sort(), ["2", "3"]);
  const shares = [0, 0];
  for (let i = 10; i < 110; i++) client.send(call(i, "x"));
  for (const lane of client.lanes("a").filter((one) => !one.ended)) shares[Number(lane.headers["x-meltemi-endpoint"]!.slice(10)) - 2] = [...lane.received.toString("latin1").matchAll(/call 1?\d\d/g)].length;
  assert.ok(Math.abs(shares[0]! - shares[1]!) <= 2, String(shares));
});

test("an endpoint that stays is known to be down; one whose weight changes gets its share", async () => {
  const server = await Server.open(), weighted = (...weights: number[]): Config => ({ clusters: { a: { endpoints: weights.map((weight, i) => ({ address: `127.0.0.1:${i + 1}`, weight })) } } });
  server.give("v1", { ...all("a"), ...weighted(1, 1) });
  const client = server.world.client();
  server.give("v2", { ...all("a"), ...weighted(9, 1) });
  for (let i = 0; i < 100; i++) client.send(call(i, "x"));
  const counts = client.lanes("a").map((lane) => [lane.headers["x-meltemi-endpoint"], [...lane.received.toString("latin1").matchAll(/call/g)].length]);
  assert.deepEqual(counts.sort(), [["127.0.0.1:1", 90], ["127.0.0.1:2", 10]]);
});

const LIMIT = { name: "localRateLimit", config: { bucket: { max: 3, tokensPerFill: 1, fillMs: 60_000 } } };

test("a filter whose configuration stays goes on with what it knows, wherever it stands; another begins anew", async () => {
  const server = await Server.open(), mark = { name: "mutation", config: { request: { set: { mark: "1" } } } };
  server.give("v1", { filters: [LIMIT] });
  const client = server.world.client().send(call(1, "a") + call(2, "a"));
  server.give("v2", { filters: [mark, LIMIT], ...all("b") });
  client.send(call(3, "a") + call(4, "a"));
  assert.match(client.got(), /^error 4 .*RateLimited/);
  assert.match(client.at("b"), /^call 3 0 to=a mark=1\n$/);
  server.give("v3", { filters: [{ ...LIMIT, config: { bucket: { max: 2, tokensPerFill: 1, fillMs: 60_000 } } }] });
  client.send(call(5, "c"));
  assert.equal(client.at("c"), call(5, "c"));
});

test("a request that a filter holds goes by its own rules, though the filter is gone", async () => {
  const server = await Server.open(), hold = { filters: [{ name: "hold", config: { key: "slow", value: "1", ms: 200 } }] };
  server.give("v1", { ...hold, ...all("a") });
  const client = server.world.client().send(call(1, "x", "body", " slow=1") + call(2, "x"));
  server.give("v2", all("b"));
  client.send(call(3, "x", "", " slow=1"));
  assert.equal(client.at("b"), call(3, "x", "", " slow=1"));
  server.world.emulator.drainQueues();
  server.world.emulator.advance(300);
  assert.deepEqual(client.lanes("a").map((lane) => lane.received.toString()), [call(2, "x"), call(1, "x", "body", " slow=1")], "the lane to what is gone takes nothing more");
  client.lanes("a").forEach((lane, i) => lane.send(ok(2 - i)));
  client.lane("b").send(ok(3));
  assert.equal([...client.got().matchAll(/ok /g)].length, 3);
});

test("what is pinned stays where it is, and may go on there; further requests follow the new routes", async () => {
  const server = await Server.open();
  server.give("v1", { routes: [route("x"), { name: "rest", cluster: "a" }] });
  const client = server.world.client().send(call(1, "y", "", " pin=5 together=1"));
  server.give("v2", { routes: [{ name: "rest", cluster: "b" }] });
  client.send(call(2, "y", "", " pin=5 together=1") + call(3, "y"));
  assert.equal(client.at("a"), call(1, "y", "", " pin=5 together=1") + call(2, "y", "", " pin=5 together=1"));
  assert.equal(client.at("b"), call(3, "y"));
  client.send(call(4, "x", "", " pin=5 together=1"));
  assert.match(client.got(), /^error 4 .*RouteNotFound/, "by the routes of when it was pinned that leads elsewhere");
});

test("inline: an open connection stays, by the policies of now; the next one goes where the new routes lead", async () => {
  const server = await Server.open({ upstream: "inline" }), { emulator, root } = server.world;
  const connect = (): ReturnType<typeof emulator.newConnection> => emulator.newConnection(root, null);
  const send = (connection: ReturnType<typeof connect>, text: string): string => {
    connection.downstream(text);
    emulator.drainQueues();
    return connection.takeForwarded().toString("latin1");
  };
  const inline = (config: Config): unknown => server.give("v", { upstream: "inline", ...config }), deny = { filters: [{ name: "auth", config: { default: "allow", rules: [{ name: "no", action: "deny", match: [[{ key: "bad", exact: "1" }]] }] } }] };
  const old = connect();
  assert.equal(send(old, call(1, "x")), "");
  inline(all("a"));
  assert.equal(old.takeForwarded().toString(), call(1, "x"));
  inline({ ...all("b"), ...deny });
  assert.equal(send(old, call(2, "x") + call(3, "x", "", " bad=1")), call(2, "x") + "call 3 0 carrier=1\n");
  const young = connect();
  assert.equal(send(young, call(1, "x")), call(1, "x"));
  assert.deepEqual([old, young].map((one) => one.filterState.get("envoy.tcp_proxy.cluster")?.value), ["a", "b"]);
  inline({ ...all("a"), limits: { drainOnRouteChange: true } });
  emulator.drainQueues();
  assert.deepEqual([old, young].map((one) => one.closed), [false, false], "somebody waits for an answer");
  for (const one of [old, young]) {
    one.upstream(one === old ? ok(1) + ok(2) + ok(3) : ok(1));
    emulator.drainQueues();
  }
  assert.deepEqual([old, young].map((one) => one.closed), [true, true]);
});

const LAZY = { rds: { ...RDS, onDemand: "to" } };

test("on demand: the first request of a service waits until it is there, others go on meanwhile", async () => {
  const server = await Server.open(LAZY), { emulator } = server.world;
  server.give("v1", { ...LAZY, routes: [route("a")] });
  const client = server.world.client().send(call(1, "b") + call(2, "a") + call(3, "b") + call(4, "c"));
  emulator.advance(20);
  assert.deepEqual(server.names, ["b", "c"]);
  assert.equal(client.at("a"), call(2, "a"));
  assert.deepEqual([server.asked.version, server.asked.nonce, server.asked.refusal], ["v1", "n1", ""]);
  server.give("v2", { ...LAZY, routes: [route("a"), route("b")] });
  assert.equal(client.at("b"), call(1, "b") + call(3, "b"));
  server.give("v3", { rds: { ...LAZY.rds, absent: ["c"] }, routes: [route("a"), route("b")] });
  assert.match(client.got(), /^error 4 .*RouteNotFound/);
  emulator.advance(20);
  assert.deepEqual(server.names, ["b"], "what is not there is asked for no more");
  client.send(call(5, "c"));
  assert.match(client.got(), /^error 5 .*RouteNotFound/, "nor waited for, for a while");
  emulator.advance(6000);
  client.send(call(6, "c"));
  emulator.advance(20);
  assert.deepEqual(server.names, ["b", "c"]);
  emulator.calls.closeGrpc(server.stream, 14);
  emulator.drainQueues();
  emulator.advance(300);
  assert.deepEqual(server.names, ["b", "c"], "all of it is asked for on a new stream");
  emulator.advance(4000);
  assert.match(client.got(), /^error 6 .*RouteNotFound/, "nobody waits for ever");
});

test("on demand: filters see a request once, with its route; what nobody can ask for is refused at once", async () => {
  const server = await Server.open(LAZY), { emulator } = server.world;
  server.give("v1", { ...LAZY, routes: [route("a")], filters: [LIMIT] });
  const client = server.world.client().send(call(1, "b") + call(2, "b") + call(3, "b"));
  emulator.advance(20);
  server.give("v2", { ...LAZY, routes: [route("a"), route("b")], filters: [LIMIT] });
  assert.equal(client.at("b"), call(1, "b") + call(2, "b") + call(3, "b"));
  client.send(call(4, "b"));
  assert.match(client.got(), /^error 4 .*RateLimited/);
  server.give("v3", { ...LAZY, routes: [route("a")] });
  client.send(`call 5 0 to=x to=y\ncall 6 0\n${call(7, "x".repeat(300))}`);
  assert.equal([...client.got().matchAll(/RouteNotFound/g)].length, 3);
});

test("on demand: no more names than so many, and a client that has gone is waited for by nobody", async () => {
  const server = await Server.open(LAZY), { emulator } = server.world;
  server.give("v1", { ...LAZY, routes: [route("a")] });
  const client = server.world.client();
  for (let i = 0; i < 1100; i++) client.send(call(i, `name${i}`));
  assert.equal([...client.got().matchAll(/RouteNotFound/g)].length, 1100 - 1024);
  emulator.advance(20);
  assert.equal(server.names.length, 1024);
  client.connection.close();
  emulator.advance(4000);
  assert.equal(server.give("v2").refusal, "");
});

test("options of the codec may change", async () => {
  const server = await Server.open();
  server.give("v1", { options: { beat: false } });
  const client = server.world.client().send(call(1, "a"));
  server.give("v2", { limits: { beatMs: 2000 } });
  server.world.emulator.advance(4000);
  assert.match(client.at("a"), /ping 0 0/);
});

test("names of keys end some time, with a word on that", async () => {
  const server = await Server.open();
  server.give("v");
  let refusal = "";
  for (let i = 0; i < 300 && !refusal; i++) refusal = server.give(`v${i}`, { routes: [{ match: [[{ key: `key${i}`, exact: "1" }]], cluster: "a" }] }).refusal;
  assert.match(refusal, /^routes\[0\]\.match\[0\]\[0\]\.key: found "key2\d\d", but this listener already uses 256 key names/);
  assert.equal(server.give("after").refusal, "");
});

test("a thousand changes under twenty connections: no error, nothing closed, and memory is what it was", async () => {
  const server = await Server.open(), { emulator } = server.world;
  server.give("v0", all("a"));
  const clients = Array.from({ length: 20 }, () => server.world.client().send(call(1, "x")));
  const plenty = { name: "localRateLimit", config: { bucket: { max: 1_000_000, tokensPerFill: 1, fillMs: 1000 } } };
  const change = (i: number): void => {
    const cluster = i % 2 ? "a" : "b";
    assert.equal(server.give(`v${i}`, { ...all(cluster, { match: [[{ key: `k${i % 7}`, exact: "1", invert: true }]] }), ...(i % 3 ? endpoints(1, 2, i % 5 + 3) : {}), filters: [plenty].slice(i % 2) }).refusal, "");
    const client = clients[i % clients.length]!;
    client.send(call(i + 10, "x"));
    assert.doesNotMatch(client.got(), /error/);
    for (const lane of client.hcm.lanes.filter((one) => !one.ended)) if (lane.received.toString("latin1").includes(`call ${i + 10} `)) lane.send(ok(i + 10));
    assert.match(client.got(), new RegExp(`ok ${i + 10} 0`));
  };
  for (let i = 0; i < 1000; i++) change(i);
  emulator.advance(2000);
  assert.ok(clients.every(({ connection }) => !connection.closed));
  // where it stays, too, after ten thousand more: it grows by doubling, when garbage has filled it
  assert.ok(emulator.memoryBytes() <= 32 << 20, String(emulator.memoryBytes()));
});

test("an endpoint that has left the configuration: what is open there is given up when its grace is over, what is pinned to it with it", async () => {
  const at = (port: number, more: Config = {}): Config => ({ clusters: { a: { endpoints: [{ address: `127.0.0.1:${port}` }] } }, routes: [{ cluster: "a" }], limits: { laneGraceMs: 10_000, beatMs: 0 }, ...more });
  const server = await Server.open(), { world } = server;
  server.give("v1", at(1));
  const waits = world.client().send(call(1, "a")), subscribed = world.client().send(call(2, "a", "", " pin=5 vital=1"));
  subscribed.lane("a").send(ok(2));
  assert.equal(subscribed.got(), ok(2));
  server.give("v2", at(2));
  world.emulator.advance(8000);
  assert.equal(waits.got() + subscribed.got(), "");
  assert.equal(subscribed.connection.closed, false);
  waits.send(call(3, "a")).lanes("a")[1]!.send(ok(3));
  assert.equal(waits.got(), ok(3));
  world.emulator.advance(4000);
  assert.match(waits.got(), /^error 1 \d+ reason=UpstreamReset/);
  subscribed.settle();
  assert.equal(subscribed.connection.closed, true);
});
