import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, route, World } from "./world.ts";

const two = { a: { endpoints: [{ address: "127.0.0.1:1" }, { address: "127.0.0.1:2" }] } };
const hold = (more: object = {}): Config => ({ filters: [{ name: "hold", config: { key: "slow", value: "1", ms: 200, ...more } }] });

test("together: a pinned request whose route leads elsewhere is refused, and what the exchange noted is in the error", async () => {
  const client = (await World.open()).client().send(call(1, "a", "", " pin=5 together=1"));
  client.send(call(2, "b", "", " pin=5 together=1 note=name") + call(3, "none", "", " pin=5 together=1") + call(4, "a", "", " pin=5 together=1"));
  assert.match(client.got(), /^error 2 \d+ reason=RouteNotFound code=0 note=name\n.*different routes.*error 3 \d+ reason=RouteNotFound/);
  assert.match(client.at("a"), /call 1.*\ncall 4/);
  client.send(call(5, "b"));
  assert.match(client.at("b"), /^call 5/);
});

test("anywhere: where no rule matches, a lane that is open serves, otherwise the first cluster", async () => {
  const world = await World.open();
  const client = world.client().send(call(1, "b")).send(call(2, "none", "", " anywhere=1"));
  assert.match(client.at("b"), /call 1.*\ncall 2/);
  assert.match(world.client().send(call(3, "none", "", " anywhere=1")).at("a"), /^call 3/);
});

test("a lost pin: its frames are refused until unpin, others go on; a vital one takes the connection with it", async () => {
  const world = await World.open({ clusters: two });
  const client = world.client().send(call(1, "a", "", " pin=5"));
  client.lane("a").send(ok(1));
  client.lane("a").end();
  client.settle();
  assert.equal(client.got(), ok(1));
  client.send(call(2, "a", "", " pin=5") + call(3, "a", "", " pin=5 unpin=1") + call(4, "a", "", " pin=5"));
  assert.match(client.got(), /^error 2 \d+ reason=UpstreamReset[^]*error 3 \d+ reason=UpstreamReset [^\n]*\n[^\n]*$/);
  assert.match(client.at("a"), /^call 4/);
  const vital = world.client().send(call(1, "a", "", " pin=5 vital=1") + call(2, "b"));
  vital.lane("a").send(ok(1));
  vital.lane("a").end();
  assert.equal(vital.got(), ok(1));
  assert.equal(vital.connection.closed, true);
});

test("a session pin holds all that follows, whatever its own pin and route", async () => {
  const client = (await World.open()).client().send(call(1, "a", "", " pin=5")).send(call(2, "b", "", " pin=0")).send(call(3, "a", "", " pin=5") + call(4, "a"));
  assert.match(client.at("b"), /call 2.*\ncall 3.*\ncall 4/);
});

const denied: Config = { filters: [{ name: "auth", config: { rules: [{ name: "no", action: "deny", match: [[{ key: "no", exact: "1" }]] }], default: "allow" } }] };

for (const pin of [5, 0]) {
  test(`parts of a request that was refused reach no server, though a session pin holds one (pin ${pin})`, async () => {
    const world = await World.open(denied), client = world.client().send(call(1, "a", "", " pin=0")), part = (id: number): string => `part ${id} 4 pin=${pin}\nleak`;
    client.send(call(2, "a", "", ` pin=${pin} no=1`) + part(2));
    assert.match(client.got(), /^error 2 \d+ reason=Denied[^]*$/);
    assert.doesNotMatch(client.at("a"), /leak/);
    client.send(call(4, "a", "", ` pin=${pin}`) + `part 4 2 pin=${pin}\nok` + part(2));
    assert.match(client.at("a"), /call 4[^\n]*\npart 4 2 pin=\d\nok$/);
    client.send(`end 2 4 pin=${pin}\nleak`);
    assert.doesNotMatch(client.at("a"), /leak/);
  });
}

test("the same for a request with a pin that others hold: the latest with its key decides, also where there are no keys", async () => {
  const client = (await World.open({ ...denied, options: { ids: false, order: "strict" } })).client().send(call(1, "a", "", " pin=5"));
  client.send(call(2, "a", "", " pin=5 no=1") + "part 2 4 pin=5\nleak" + call(3, "a", "", " pin=5") + "part 3 2 pin=5\nok");
  assert.doesNotMatch(client.at("a"), /leak/);
  assert.match(client.at("a"), /call 3[^\n]*\npart 3 2 pin=5\nok$/);
});

test("parts of a request that was held and then refused, that had an injected fault, or whose time has run out, are swallowed as well", async () => {
  const filters = [...hold({ refuse: true }).filters as object[], { name: "fault", config: { abort: { code: "busy" } }, match: [[{ key: "bad", exact: "1" }]] }];
  const world = await World.open({ filters, routes: [route("a", { timeoutMs: 500 })] }), client = world.client().send(call(1, "a", "", " pin=0"));
  client.send(call(2, "a", "", " pin=5 slow=1") + "part 2 4 pin=5\nleak");
  client.send(call(3, "a", "", " pin=6 bad=1") + "part 3 4 pin=6\nleak");
  for (let i = 0; i < 4; i++) {
    world.emulator.advance(100);
    client.settle();
  }
  assert.match(client.got(), /error 2 [^]*Denied[^]*error 3 [^]*FaultAbort/);
  client.send(call(4, "a", "", " pin=8"));
  world.emulator.advance(2000);
  client.send("part 4 4 pin=8\nleak");
  assert.match(client.got(), /error 4 [^]*Timeout/);
  assert.doesNotMatch(client.at("a"), /leak/);
});

test("a request that was held is shown to the codec as it was read when it is refused, also where the client is in the middle of another", async () => {
  const world = await World.open({ ...hold({ refuse: true }), options: { shown: true } });
  const client = world.client().send(call(1, "a", "", " slow=1") + call(2, "none") + "call 3 0 to=a");
  world.emulator.advance(300);
  assert.match(client.got(), /^error 2 [^\n]* shown=1\n.*error 1 [^\n]* shown=1\n/);
});

test("what is given up before a server saw it is told to the codec at once: refused, or its lane never opened", async () => {
  const client = (await World.open()).client({ accept: false }).send(call(1, "none") + "ping 9 0\n");
  assert.match(client.got(), /pong 9 0 refused=1\n$/);
  client.send(call(2, "a") + call(3, "a"));
  client.lane("a").fail(503, "UH", "x");
  client.send("ping 9 0\n");
  assert.match(client.got(), /pong 9 0 refused=3\n$/);
  client.send(call(4, "a")).lane("a").accept();
  client.settle();
  client.lane("a").end();
  client.send("ping 9 0\n");
  assert.match(client.got(), /reason=UpstreamReset[^]*pong 9 0 refused=3\n$/);
});

test("setup reaches lanes that are not open yet, in their turn; a new lane is greeted with the session as it is then", async () => {
  const client = (await World.open({ options: { greet: true } })).client({ accept: false });
  client.send(call(1, "a") + "setup 2 0\n" + call(3, "b") + call(4, "a"));
  for (const name of ["a", "b"]) {
    client.lane(name).accept();
    client.settle();
    client.lane(name).send("welcome 0 0\n");
  }
  assert.equal(client.at("a"), "hello 0 0\n" + call(1, "a") + "setup 2 0\n" + call(4, "a"));
  assert.equal(client.at("b"), "hello 0 0 setups=1\n" + call(3, "b"));
});

test("requests that move to another endpoint take their handshake along", async () => {
  const client = (await World.open({ clusters: two, options: { greet: true, order: "strict" } })).client({ accept: false });
  client.send(call(1, "a") + "setup 2 0\n" + call(3, "a"));
  client.lane("a").fail(503, "UF", "refused");
  client.settle();
  assert.equal(client.lanes("a").length, 2);
  client.lane("a").accept(client.lane("a").headers["x-meltemi-endpoint"]);
  client.settle();
  client.lane("a").send("welcome 0 0\n");
  assert.equal(client.at("a"), "hello 0 0\n" + call(1, "a") + "setup 2 0\n" + call(3, "a"));
});

test("requests that move to another endpoint take their pin along", async () => {
  const client = (await World.open({ clusters: two, options: { order: "strict" } })).client({ accept: false });
  client.send(call(1, "a", "", " pin=5"));
  client.lane("a").fail(503, "UF", "refused");
  client.settle();
  client.send(call(2, "a", "", " pin=5"));
  client.lane("a").accept(client.lane("a").headers["x-meltemi-endpoint"]);
  assert.equal(client.at("a"), call(1, "a", "", " pin=5") + call(2, "a", "", " pin=5"));
  const lost = (await World.open({ options: { order: "strict" } })).client({ accept: false }).send(call(1, "a", "", " pin=5"));
  lost.lane("a").fail(503, "UF", "refused");
  lost.send(call(2, "a", "", " pin=5"));
  assert.match(lost.got(), /error 1 [^]*error 2 \d+ reason=UpstreamReset/);
});

test("the end of the session's pin is the end of all pins", async () => {
  const client = (await World.open()).client().send(call(1, "a", "", " pin=5") + call(2, "a", "", " pin=0"));
  client.send(call(3, "b") + call(4, "a", "", " pin=0 unpin=1") + call(5, "b", "", " pin=5"));
  assert.match(client.at("a"), /call 1.*\ncall 2.*\ncall 3.*\ncall 4.*\n$/);
  assert.match(client.at("b"), /^call 5/);
});

test("ends: nothing is taken behind it, and the connection closes once all answers have left, its own last", async () => {
  const client = (await World.open({ options: { order: "strict" } })).client();
  client.send(call(1, "a") + call(2, "b") + "local 3 0 ends=1\n" + call(4, "a"));
  assert.doesNotMatch(client.at("a"), /call 4/);
  client.lane("b").send(ok(2, "two"));
  assert.equal(client.got(), "");
  assert.equal(client.connection.closed, false);
  client.lane("a").send(ok(1, "one"));
  assert.match(client.got(), /^ok 1 3\noneok 2 3\ntwo\w+ 3 .*\n$/);
  assert.equal(client.connection.closed, true);
  const idle = (await World.open()).client().send("local 3 0 ends=1\n");
  assert.match(idle.got(), /^\w+ 3 .*\n$/);
  assert.equal(idle.connection.closed, true);
});

test("keys that pick different endpoints: several values of one, or one behind a pin, are refused", async () => {
  const world = await World.open({ clusters: { a: { ...two.a, balance: "hash" } }, routes: [route("a", { hash: ["user"] })] });
  const client = world.client(), users = Array.from({ length: 20 }, (_, i) => `user${i}`);
  for (const [i, user] of users.entries()) client.send(call(i + 1, "a", "", ` user=${user}`));
  const endpointOf = (user: string): number => client.lanes("a").findIndex((lane) => new RegExp(` user=${user}\n`).test(lane.received.toString()));
  client.settle();
  const [first] = users, other = users.find((user) => endpointOf(user) !== endpointOf(first!))!, same = users.slice(1).find((user) => endpointOf(user) === endpointOf(first!))!;
  client.send(call(50, "a", "", ` user=${first} user=${same}`) + call(51, "a", "", ` user=${first} user=${other}`));
  assert.match(client.got(), /^error 51 \d+ reason=RouteNotFound [^\n]*\n[^\n]*different routes[^\n]*$/);
  assert.match(client.lanes("a")[endpointOf(first!)]!.received.toString(), /call 50 /);
  client.send(call(60, "a", "", ` user=${first} pin=5 together=1`) + call(61, "a", "", ` user=${same} pin=5 together=1`) + call(62, "a", "", ` user=${other} pin=5 together=1`));
  assert.match(client.got(), /^error 62 \d+ reason=RouteNotFound [^\n]*\n[^\n]*$/);
});

test("where order is strict, a held request holds what follows it on its connection, and nothing else", async () => {
  const world = await World.open({ ...hold(), options: { order: "strict" } }), client = world.client(), other = world.client();
  client.send(call(1, "a") + call(2, "a", "body", " slow=1").slice(0, -2));
  client.send("dy" + call(3, "a"));
  other.send(call(1, "a"));
  assert.equal(client.at("a"), call(1, "a"));
  assert.equal(other.at("a"), call(1, "a"));
  world.emulator.advance(150);
  assert.equal(client.at("a"), call(1, "a"));
  world.emulator.advance(100);
  assert.equal(client.at("a"), call(1, "a") + call(2, "a", "body", " slow=1") + call(3, "a"));
  assert.equal(world.count("meltemi_requests"), 4);
});

test("a held request may be refused, and its client may leave while it waits", async () => {
  const world = await World.open(hold({ refuse: true })), client = world.client().send(call(1, "a", "abc", " slow=1") + call(2, "a"));
  const gone = world.client().send(call(1, "a", "", " slow=1"));
  gone.connection.close();
  world.emulator.advance(300);
  assert.match(client.got(), /^error 1 \d+ reason=Denied/);
  assert.equal(client.at("a"), call(2, "a"));
});

test("filters before and after one that holds see each request once, also when all of it is needed", async () => {
  const edit = { match: [[{ key: "to", exact: "a" }]], cluster: "a", request: { set: { body: "new" } } };
  const world = await World.open({ ...hold(), routes: [edit] }), client = world.client();
  client.send(call(1, "a", "hello", " slow=1").slice(0, -3));
  world.emulator.advance(300);
  client.send("llo");
  assert.equal(client.at("a"), call(1, "a", "new", " slow=1"));
  assert.equal(world.count("meltemi_requests"), 1);
});

test("an answer that does not come in time: an error, and its late reply finds a tombstone, not the next request", async () => {
  for (const ids of [true, false]) {
    const routes = [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", timeoutMs: 500 }];
    const world = await World.open({ routes, options: { ids } }), client = world.client().send(call(7, "a") + call(7, "a", "", " wait=5000"));
    world.emulator.advance(400);
    assert.equal(client.got(), "");
    world.emulator.advance(300);
    assert.match(client.got(), /^error \d+ \d+ reason=Timeout [^\n]*\n[^\n]*$/);
    client.send(call(7, "a"));
    client.lane("a").send(ok(7, "late") + ok(7, "second") + ok(7, "third"));
    assert.equal(client.got(), ok(7, "second") + ok(7, "third"));
    assert.equal(world.count("meltemi_unknown_replies"), 0);
    assert.equal(world.errors("Timeout"), 1);
  }
});

test("in order, the time of a request runs from when those before it have done waiting", async () => {
  const routes = [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", timeoutMs: 500 }];
  for (const order of ["strict", "free"]) {
    const world = await World.open({ routes, options: { order } }), client = world.client();
    client.send(call(1, "a", "", " wait=5000") + call(2, "a"));
    world.emulator.advance(3000);
    assert.equal(/reason=Timeout/.test(client.got()), order === "free", order);
    client.lane("a").send(ok(1) + ok(2));
    client.got();
    client.send(call(3, "a"));
    world.emulator.advance(1500);
    assert.match(client.got(), /^error 3 \d+ reason=Timeout/, "with nothing before it, at once");
  }
});

test("an answer cut by its time in the middle of a frame: the rest is swallowed", async () => {
  const routes = [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", timeoutMs: 500 }];
  const world = await World.open({ routes }), client = world.client().send(call(1, "a") + call(2, "a", "", " wait=9000"));
  client.lane("a").send(ok(1, "0123456789").slice(0, -4));
  world.emulator.advance(1000);
  assert.match(client.got(), /^error 1 \d+ reason=Timeout/);
  client.lane("a").send("6789" + ok(2, "two"));
  assert.equal(client.got(), ok(2, "two"));
});
