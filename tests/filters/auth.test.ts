/** Allow and deny rules, with the toy protocol in the emulator. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, World } from "../framework/world.ts";

const REFUSED = "error 1 13 reason=Denied code=0\naccess denied";
const is = (key: string, exact: string): Config => ({ key, exact });
const rule = (name: string, action: string, match?: Config[][], more: Config = {}): Config => ({ name, action, ...(match ? { match } : {}), ...more });

const open = (config: Config): Promise<World> => World.open({ service: "shop", filters: [{ name: "auth", config }] });

/** True if the request reaches its server; otherwise it has been refused. */
function passes(world: World, fields: string, prepare: (client: Client) => void = () => undefined): boolean {
  const client = world.client();
  prepare(client);
  const got = client.send(call(1, "a", "", fields && ` ${fields}`)).got(), passed = client.lanes("a").length === 1;
  assert.equal(got, passed ? "" : REFUSED, fields);
  return passed;
}

test("the first rule that holds decides, else the default", async () => {
  const rules = [rule("root", "deny", [[is("user", "root")]]), rule("staff", "allow", [[is("group", "staff")], [is("user", "ann"), is("verb", "call")]]), rule("drops", "deny", [[{ key: "method", prefix: "drop" }]])];
  const cases: [string, boolean, boolean][] = [
    ["", true, false], ["user=ann", true, true], ["user=ann method=dropAll", true, true], ["method=dropAll", false, false],
    ["group=staff method=drop", true, true], ["user=root group=staff", false, false],
  ];
  for (const [fields, allowed, denied] of cases) {
    assert.equal(passes(await open({ rules, default: "allow" }), fields), allowed, `default allow: ${fields}`);
    assert.equal(passes(await open({ rules, default: "deny" }), fields), denied, `default deny: ${fields}`);
  }
});

test("another spelling closes doors and opens none; all but one value goes by the value as it is", async () => {
  const not = { key: "method", exact: "hi", invert: true }, none = { key: "method", present: false };
  const denying = await open({ rules: [rule("drop", "deny", [[is("method", "drop")]]), rule("x", "deny", [[{ key: "method", prefix: "X" }, is("user", "ann")]]), rule("none", "deny", [[none]])], default: "allow" });
  for (const [fields, passed] of Object.entries({ "method=drop": false, "method=Drop|drop": false, "method=drop|Drop": false, "method=hi|Hi": true, "method=xa|Xa": true, "method=xa|Xa user=ann": false })) assert.equal(passes(denying, fields), passed, fields);
  const allowing = await open({ rules: [rule("drop", "allow", [[is("method", "drop")]])], default: "deny" });
  for (const [fields, passed] of Object.entries({ "method=drop": true, "method=drop|Drop": true, "method=Drop|drop": false })) assert.equal(passes(allowing, fields), passed, fields);
  const others = await open({ rules: [rule("others", "deny", [[not]])], default: "allow" });
  for (const [fields, passed] of Object.entries({ "method=hi|Hi": true, "method=Hi|hi": false })) assert.equal(passes(others, fields), passed, fields);
});

test("a hidden key, or values that differ, open no door and keep none open", async () => {
  const world = await open({ rules: [rule("root", "deny", [[is("user", "root")]]), rule("ann", "allow", [[is("group", "staff")]])], default: "deny" });
  const cases: Record<string, boolean> = {
    "group=staff": true, "group=staff user=ann": true, "group=staff user=?": false, "group=staff user=ann user=root": false,
    "group=?": false, "group=staff group=guests": false, "group=staff group=staff": true,
  };
  for (const [fields, opens] of Object.entries(cases)) assert.equal(passes(world, fields), opens, fields);
});

test("source address and mutual TLS", async () => {
  const world = await open({ default: "deny", rules: [
    rule("office", "allow", [[{ key: "source.address", cidr: ["10.1.0.0/16", "fd00::/8"] }]]),
    rule("peers", "allow", [[is("connection.mtls", "true"), { key: "connection.uri_san", prefix: "spiffe://mesh/" }]]),
  ] });
  const from = (address: string, san = "") => (client: Client): void => {
    client.connection.properties.set(["source", "address"], address);
    if (!san) return;
    client.connection.properties.set(["connection", "mtls"], true);
    client.connection.properties.set(["connection", "uri_san_peer_certificate"], san);
  };
  for (const [address, san, opens] of [
    ["10.1.2.3:4000", "", true], ["10.2.2.3:4000", "", false], ["[fd12::1]:4000", "", true], ["[fe80::1]:4000", "", false],
    ["192.0.2.1:4000", "spiffe://mesh/shop", true], ["192.0.2.1:4000", "spiffe://else/shop", false],
  ] as const) assert.equal(passes(world, "source.address=10.1.0.1 connection.mtls=true connection.uri_san=spiffe://mesh/x", from(address, san)), opens, `${address} ${san}`);
});

test("a dry run refuses nothing; what it would refuse is counted, and logged by name and number alone", async () => {
  const world = await open({ default: "allow", rules: [
    rule("open", "allow", [[is("user", "free")]], { dryRun: true }), rule("later", "deny", [[{ key: "user", present: true }]], { dryRun: true }),
    rule("never", "deny", [[is("user", "root")]]),
  ] });
  for (const user of ["ann", "bob", "free"]) assert.equal(passes(world, `user=${user}`), true);
  assert.equal(passes(world, ""), true);
  assert.equal(passes(world, "user=root"), false);
  assert.equal(world.count("meltemi_auth_would_refuse"), 2);
  assert.equal(world.count("meltemi_auth_refused"), 1);
  const lines = world.emulator.logs.lines.map(({ text }) => text).filter((text) => text.includes("auth"));
  assert.deepEqual(lines, ["auth: in a dry run, rule later would have refused 2 requests of service shop"]);
  assert.doesNotMatch(lines.join(), /ann|bob/);
});

test("what is wrong in a configuration is refused with its path", async () => {
  const cases: [Config, RegExp][] = [
    [{ rules: [] }, /^filters\[0\]\.config\.default: missing, allowed: text$/],
    [{ default: "maybe" }, /^filters\[0\]\.config\.default: found "maybe", allowed: allow, deny$/],
    [{ default: "deny", rules: [{ action: "allow" }] }, /^filters\[0\]\.config\.rules\[0\]\.name: missing/],
    [{ default: "deny", rules: [rule("x", "pass")] }, /^filters\[0\]\.config\.rules\[0\]\.action: found "pass", allowed: allow, deny$/],
    [{ default: "deny", rules: [rule("x", "deny", [[{ key: "source.address", cidr: ["10.0.0.0/40"] }]])] }, /^filters\[0\]\.config\.rules\[0\]\.match\[0\]\[0\]\.cidr\[0\]: found "10\.0\.0\.0\/40"/],
    [{ default: "deny", rules: [rule("x", "deny", [[{ key: "k" }]])] }, /^filters\[0\]\.config\.rules\[0\]\.match\[0\]\[0\]: missing/],
    [{ default: "deny", rule: [] }, /^filters\[0\]\.config\.rule: found an unknown field, .*did you mean rules/],
  ];
  for (const [config, said] of cases) await assert.rejects(open(config), ({ message }: Error) => said.test(message) || assert.fail(message));
});
