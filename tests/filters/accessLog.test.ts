/** Access log in the emulator: lines and their values, shares, what peers cannot do to a line, and OTLP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "../framework/world.ts";
import { callsTo, logsOf } from "./otlp.ts";

const logging = (config: Config = {}): Config => ({ service: "demo", clusters: { a: { endpoints: [{ address: "127.0.0.1:7001" }] } }, filters: [{ name: "accessLog", config }] });
const lines = (world: World): string[] => world.emulator.logs.texts("info");
const objects = (world: World): Record<string, unknown>[] => lines(world).map((line) => JSON.parse(line) as Record<string, unknown>);

test("without a format: one object with all that is known without naming a key", async () => {
  const world = await World.open(logging()), client = world.client();
  client.send(call(1, "a", "body"));
  world.emulator.advance(40);
  client.lane("a").send(ok(1, "hello", " code=3"));
  client.got();
  const refused = client.send(call(2, "none")).got();
  client.send(call(3, "a")).lane("a").send("error 3 0 code=5\n");
  client.settle();
  const start = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, common = { protocol: "toy", service: "demo", route: null };
  const all = objects(world);
  for (const each of all) assert.match(String(each.start_time), start);
  assert.deepEqual(all.map((each) => ({ ...each, start_time: undefined })), [
    { ...common, start_time: undefined, cluster: "a", upstream_host: "127.0.0.1:7001", duration_ms: 40, bytes_received: call(1, "a", "body").length, bytes_sent: ok(1, "hello", " code=3").length, response_code: 3, response_flags: null, reason: null, attempts: 1 },
    { ...common, start_time: undefined, cluster: null, upstream_host: null, duration_ms: 0, bytes_received: call(2, "none").length, bytes_sent: refused.length, response_code: 0, response_flags: "NR", reason: "RouteNotFound", attempts: 0 },
    { ...common, start_time: undefined, cluster: "a", upstream_host: "127.0.0.1:7001", duration_ms: 0, bytes_received: call(3, "a").length, bytes_sent: "error 3 0 code=5\n".length, response_code: 5, response_flags: null, reason: null, attempts: 1 },
  ]);
});

test("a format of one's own, with keys of request and reply; a client that goes away", async () => {
  const world = await World.open(logging({ format: "%REQ(user)% \"%REQ(method)%\" %RESP(served)% %RESPONSE_FLAGS% %DURATION%" })), client = world.client();
  client.send(call(1, "a", "", " user=ann method=get")).lane("a").send(ok(1, "", " served=v1"));
  client.send(call(2, "a", "", " method=?"));
  client.settle();
  client.connection.close();
  client.settle();
  assert.deepEqual(lines(world), ["ann \"get\" v1 - 0", "- \"-\" - DC 0"]);
});

test("what peers write stays a value: no second line, no field, no byte that is not a text", async () => {
  const bad = "a\"b\\c\u001b[2J\u0085\r\tä", user = Buffer.concat([Buffer.from(" user="), Buffer.from(bad), Buffer.from([0xff])]);
  const request = Buffer.concat([Buffer.from("call 1 0 to=a"), user, Buffer.from("\n")]);
  const text = await World.open(logging({ format: "u=\"%REQ(user)%\"" })), json = await World.open(logging({ json: { "the \"user\"": "<%REQ(user)%>", none: "%REQ(other)%", plain: "x" } }));
  for (const world of [text, json]) world.client().send(request).lane("a").send(ok(1));
  for (const world of [text, json]) world.emulator.drainQueues();
  assert.deepEqual(lines(text), ["u=\"a\\x22b\\x5cc\\x1b[2J\\xc2\\x85\\x0d\\x09ä\\xff\""]);
  assert.deepEqual(objects(json), [{ "the \"user\"": `<${bad}\ufffd>`, none: null, plain: "x" }]);
  assert.ok(!/[\u0000-\u001f]/.test(lines(json)[0]!));
});

test("only errors, a share of the others, and none", async () => {
  const count = async (config: Config): Promise<[number, number]> => {
    const world = await World.open(logging({ json: { flags: "%RESPONSE_FLAGS%", user: "%REQ(user)%" }, ...config })), client = world.client();
    for (let i = 0; i < 2000; i++) client.send(call(i, "a")).lane("a").send(ok(i));
    for (let i = 0; i < 500; i++) client.send(call(i, "none"));
    client.settle();
    const all = objects(world), errors = all.filter(({ flags }) => flags === "NR").length;
    return [all.length - errors, errors];
  };
  assert.deepEqual(await count({ share: 0 }), [0, 500]);
  assert.deepEqual(await count({ share: 0, errorShare: 0 }), [0, 0]);
  const [good, bad] = await count({ share: 100_000, errorShare: 500_000 });
  assert.ok(Math.abs(good - 200) < 60 && Math.abs(bad - 250) < 60, `${good} ${bad}`);
});

test("to a collector in batches, with a severity; the log stays empty unless asked for", async () => {
  const world = await World.open(logging({ format: "%REQ(user)% %RESPONSE_CODE%", otlp: { cluster: "otel" } })), client = world.client();
  client.send(call(1, "a", "", " user=ä") + call(2, "none") + call(3, "a"));
  client.lane("a").send(ok(1) + "fail 3 0 code=4\n");
  client.settle();
  world.emulator.advance(1500);
  const [sent] = callsTo(world.emulator, "otel"), { resource, records } = logsOf(sent!);
  assert.equal(sent!.headers.find(([name]) => name === ":path")![1], "/v1/logs");
  world.emulator.calls.answerHttp(sent!, [[":status", "200"]]);
  assert.deepEqual(resource, { "service.name": "demo" });
  assert.deepEqual(records.map(({ severity, body }) => [severity, body]).sort(), [[13, "- 4"], [17, "- 0"], [9, "ä 0"]]);
  assert.deepEqual(lines(world), []);
});

test("no memory for each request", async () => {
  const world = await World.open(logging({ json: { user: "%REQ(user)%", served: "%RESP(served)%" } })), client = world.client();
  const serve = (): void => { for (let i = 0; i < 2000; i++) client.send(call(i, "a", "", " user=ann")).lane("a").send(ok(i, "", " served=v1")); };
  serve();
  const memory = world.emulator.memoryBytes();
  serve();
  assert.equal(world.emulator.memoryBytes(), memory);
  assert.deepEqual(objects(world).at(-1), { user: "ann", served: "v1" });
});

test("configurations that cannot be are refused with their place", async () => {
  const refused = (config: Config, message: RegExp): Promise<void> => assert.rejects(World.open(logging(config)), message);
  await refused({ format: "x", json: {} }, /found format and json, allowed: one of them/);
  await refused({ format: "%NOPE%" }, /config\.format, offset 0: found "%NOPE%"/);
  await refused({ json: { a: "%REQ(%" } }, /config\.json\.a/);
  await refused({ json: {} }, /json: found an object, allowed: 1\.\.64 members/);
  await refused({ log: false }, /log: found false, which needs otlp/);
  await refused({ share: -1 }, /share: found -1/);
});
