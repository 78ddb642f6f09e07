/** What the module says of wrong plugin configurations: one line with the field, what was found and what is allowed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, ok, type Config, World } from "./world.ts";

const rule = (more: Config): Config => ({ routes: [{ cluster: "a", ...more }] });
const matcher = (more: Config): Config => rule({ match: [[more]] });

const WRONG: [string, Config, RegExp][] = [
  ["an unknown codec", { codec: "tyo" }, /^codec: found "tyo", allowed: toy$/],
  ["an unknown field", { route: [] }, /^route: found an unknown field, allowed: codec, .*\(did you mean routes\?\)$/],
  ["an option the codec does not have", { options: { speed: 1 } }, /^options\.speed: found an unknown field/],
  ["an upstream that is not there", { upstream: "sky" }, /^upstream: found "sky", allowed: lanes, inline$/],
  ["neither routes nor a cluster", { routes: undefined }, /^routes: missing, allowed: routes, defaultCluster, or both$/],
  ["opaque without a cluster", { opaque: "allow" }, /^opaque: found "allow", which needs a defaultCluster$/],
  ["opaque beside a filter that closes doors", { defaultCluster: "a", opaque: "allow", filters: [{ name: "auth", config: { default: "deny" } }] }, /^opaque: found "allow", which cannot be combined with guarding filters: they would not see the bytes that pass$/],
  ["a limit out of range", { limits: { maxLanes: 0 } }, /^limits\.maxLanes: found 0, allowed: a whole number of 1\.\.1024$/],
  ["an endpoint without an address", { clusters: { a: { endpoints: [{ weight: 1 }] } } }, /^clusters\.a\.endpoints\[0\]\.address: missing, allowed: text$/],
  ["an unknown policy", { clusters: { a: { balance: "fair" } } }, /^clusters\.a\.balance: found "fair", allowed: roundRobin, leastRequest, random, hash$/],
  ["a hash policy without keys", { ...rule({}), clusters: { a: { balance: "hash" } } }, /^routes\[0\]\.hash: missing/],
  ["no destination", { routes: [{ name: "x" }] }, /^routes\[0\]: missing, allowed: exactly one of cluster, clusters$/],
  ["two destinations", rule({ clusters: [] }), /^routes\[0\]: found cluster and clusters, allowed: one of them$/],
  ["no weight at all", { routes: [{ clusters: [{ name: "a", weight: 0 }] }] }, /^routes\[0\]\.clusters: found no weight above 0/],
  ["a filter of a name that two have", { filters: [{ name: "twice" }] }, /^filters\[0\]\.name: found "twice", the name of two filters of this module$/],
  ["a matcher without a key", matcher({ exact: "x" }), /^routes\[0\]\.match\[0\]\[0\]\.key: missing, allowed: text$/],
  ["a matcher without a condition", matcher({ key: "to" }), /^routes\[0\]\.match\[0\]\[0\]: missing, allowed: exactly one of exact, .*cidr$/],
  ["two conditions", matcher({ key: "to", exact: "x", prefix: "y" }), /found exact and prefix, allowed: one of them$/],
  ["a number where text belongs", matcher({ key: "to", exact: 1 }), /^routes\[0\]\.match\[0\]\[0\]\.exact: found 1, allowed: text$/],
  ["a regular expression that is none", matcher({ key: "to", regex: "a)" }), /^routes\[0\]\.match\[0\]\[0\]\.regex: unmatched \)/],
  ["a change that is not a text", rule({ request: { set: { mark: 1 } } }), /^routes\[0\]\.request\.set\.mark: found 1, allowed: text$/],
  ["a key that cannot be changed", rule({ request: { set: { verb: "x" } } }), /^routes\[0\]\.request\.set\.verb: found "verb", which the codec cannot change, allowed: body, \*$/],
  ["a filter that is not there", { filters: [{ name: "wall" }] }, /^filters\[0\]\.name: found "wall", allowed: /],
];

for (const [what, config, said] of WRONG) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(World.open(config), (error: Error) => {
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test("no JSON at all", async () => {
  const world = await World.open();
  assert.throws(() => world.emulator.createRoot('{"codec": "toy",}'), /plugin configuration: 1:17: found/);
  assert.equal(world.emulator.dead, null, "and what runs goes on");
});

const MATCHES: [Config, string, boolean][] = [
  [{ key: "k", exact: "abc" }, "k=abc", true], [{ key: "k", exact: "abc" }, "k=abcd", false], [{ key: "K", exact: "abc" }, "k=abc", true], [{ key: "k", exact: "abc" }, "k=ABC", false],
  [{ key: "k", prefix: "ab" }, "k=abc", true], [{ key: "k", suffix: "bc" }, "k=abc", true], [{ key: "k", suffix: "bcd" }, "k=cd", false],
  [{ key: "k", contains: "aab" }, "k=xaaab", true], [{ key: "k", contains: "aab" }, "k=aaa", false],
  [{ key: "k", regex: "a+b?" }, "k=aaab", true], [{ key: "k", regex: "a+b?" }, "k=aaabb", false],
  [{ key: "k", present: true }, "k=x", true], [{ key: "k", present: true }, "", false], [{ key: "k", present: false }, "", true],
  [{ key: "k", range: { from: 5, to: 10 } }, "k=5", true], [{ key: "k", range: { from: 5, to: 10 } }, "k=10", false],
  [{ key: "k", range: { from: -3, to: 0 } }, "k=-2", true], [{ key: "k", range: { from: 5, to: 10 } }, "k=seven", false],
  [{ key: "k", exact: "a", invert: true }, "k=b", true], [{ key: "k", exact: "a", invert: true }, "", true], [{ key: "k", exact: "a", invert: true }, "k=a", false],
  [{ key: "k", prefix: "a" }, "k=a1 k=a2", true], [{ key: "k", exact: "a" }, "k=?", false], [{ key: "k", exact: "a", invert: true }, "k=?", false], [{ key: "k", present: true }, "k=?", false],
];

test("matchers: every kind, inverted, absent, hidden, several values", async () => {
  for (const [condition, fields, expected] of MATCHES) {
    const world = await World.open({ routes: [{ match: [[condition]], cluster: "yes" }], defaultCluster: "no" });
    const client = world.client().send(`tell 1 0 ${fields}\n`);
    assert.deepEqual(client.hcm.lanes.map(({ headers }) => headers["x-meltemi-cluster"]), [expected ? "yes" : "no"], `${JSON.stringify(condition)} of ${fields}`);
  }
});

test("AND within an alternative, OR between them, the first rule wins; values that part find no route", async () => {
  const routes = [
    { match: [[{ key: "a", exact: "1" }, { key: "b", exact: "1" }], [{ key: "c", exact: "1" }]], cluster: "first" },
    { match: [[{ key: "a", present: true }]], cluster: "second" }, { match: [[{ key: "k", prefix: "x" }]], cluster: "x" },
    { match: [[{ key: "k", prefix: "y" }]], cluster: "y" }, { match: [[{ key: "k", suffix: "z" }]], cluster: "y" }];
  const cases: Record<string, string> = { "a=1 b=1": "first", "a=1": "second", "c=1 a=2": "first", "k=x1 k=x2": "x", "k=y1 k=z": "y", "k=x1 k=y1": "", "d=1": "" };
  for (const [fields, cluster] of Object.entries(cases)) {
    const client = (await World.open({ routes })).client().send(`call 1 0 ${fields}\n`);
    assert.deepEqual(client.hcm.lanes.map(({ headers }) => headers["x-meltemi-cluster"]), cluster ? [cluster] : [], fields);
    if (!cluster) assert.match(client.got(), fields.startsWith("k=") ? /match different routes/ : /no route matches/);
  }
});

test("a new configuration is for new connections of the same VM; old ones keep theirs", async () => {
  const world = await World.open(), old = world.client().send(call(1, "a"));
  world.emulator.createRoot(JSON.stringify({ codec: "toy", defaultCluster: "new" }));
  old.send(call(2, "a"));
  old.lane("a").send(ok(1) + ok(2));
  assert.equal(old.got(), ok(1) + ok(2));
});
