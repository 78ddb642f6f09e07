import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { explain, formatProblem, translate, type Explanation } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";

const OPTIONS = { wasm: "build/meltemi.wasm", modules: MODULES };
const text = (name: string) => readFileSync(new URL(`../testdata/in/${name}.yaml`, import.meta.url), "utf8");

function irOf(name: string) {
  const result = translate([{ file: `${name}.yaml`, text: text(name) }], OPTIONS);
  assert.ok(result.ok);
  return result.ir;
}

const goes = ({ outcome, route, clusters }: Explanation) =>
  [outcome === "route" ? route : outcome, ...clusters.map((c) => c.cluster)].join(" ");

test("where a key goes: the longest prefix, else the route without one", () => {
  const where = (key: string[]) => goes(explain(irOf("redis"), { listener: "cache.shop.svc.cluster.local", metadata: { key } }));
  assert.equal(where(["s:1"]), "cache[0] outbound|6379||sessions.shop.svc.cluster.local");
  assert.equal(where(["s:other:1"]), "cache[2] outbound|6479||sessions.shop.svc.cluster.local");
  assert.equal(where(["t:1"]), "cache[3] outbound|6379||sessions.shop.svc.cluster.local");
  assert.equal(where(["S:1"]), "cache[1] outbound|6379||cache.shop.svc.cluster.local");
  assert.equal(where([]), "cache[1] outbound|6379||cache.shop.svc.cluster.local");
});

test("prefixes in any case, with what a regular expression would read otherwise", () => {
  const where = (key: string) => goes(explain(irOf("redis-settings"), { listener: "two", metadata: { key } }));
  assert.equal(where("a\\e.\nx"), "two[0] outbound|6379||one");
  assert.equal(where("A\\E."), "two[0] outbound|6379||one");
  assert.equal(where("A\\Ex"), "RouteNotFound");
  assert.equal(where("A."), "RouteNotFound");
});

test("passwords are in the bootstrap and nowhere else", () => {
  const result = translate([{ file: "redis.yaml", text: text("redis") }], OPTIONS);
  assert.ok(result.ok);
  const secrets = /plain-password|as it is|"clients"|Y2xpZW50cwo/;
  assert.match(JSON.stringify(result.bootstrap), /plain-password/);
  const explained = explain(result.ir, { listener: "127.10.0.1_6379", metadata: { key: "t:1" } });
  const shown = [result.ir, result.warnings, explained];
  for (const print of [JSON.stringify, (value: unknown) => inspect(value, { depth: 20, showHidden: true }), String]) assert.doesNotMatch(print(shown), secrets);
  assert.equal(`${String(result.ir.listeners[0]!.auth!.password)}`, "(hidden)");
});

test("a Redis Cluster is named as any other, and its password is in the bootstrap alone", () => {
  const sources = [{ file: "cluster.yaml", text: text("full-redis-cluster") }];
  const where = (key: string) => goes(explain(irOf("full-redis-cluster"), { listener: "cache.shop.svc.cluster.local", metadata: { key, command: "get" } }));
  assert.equal(where("c:1"), "cache[1] outbound|6379||cache.shop.svc.cluster.local");
  assert.equal(where("a:1"), "cache[0] outbound|6379||alone.shop.svc.cluster.local");
  const shown = translate(sources, { ...OPTIONS, secrets: false }), used = translate(sources, OPTIONS);
  assert.ok(shown.ok && used.ok);
  assert.match(JSON.stringify(used.bootstrap), /"auth_password":\{"inline_string":"the-nodes-own"\}/);
  assert.match(JSON.stringify(shown.bootstrap), /"auth_password":\{"inline_string":"\(hidden\)"\}/);
  assert.doesNotMatch(JSON.stringify([shown.bootstrap, used.ir]), /the-nodes-own/);
});

test("a mirror without reads gets what a command's name does not tell to be one", () => {
  const copies = (command: string) => explain(irOf("full-redis-cluster"), { listener: "cache.shop.svc.cluster.local", metadata: { key: "c:kept:1", command } }).route;
  assert.deepEqual(["get", "mget", "set", "eval", "a.module"].map(copies), ["cache[2].reads", "cache[2].reads", "cache[2]", "cache[2]", "cache[2]"]);
});

const LEAKS = [
  "settings: { auth: never-shown }",
  "settings: { auth: { plain: never-shown } }",
  "settings: { auth: { plain: { password: [never-shown] } } }",
  "settings: { auth: { plain: { password: { never-shown: never-shown } } } }",
  "settings: { auth: { plain: { password: !!binary never-shown } } }",
  "settings: { auth: { plain: { pasword: never-shown } } }",
  "settings: { auth: { secret: { name: s } } }",
  "settings: { auth: { secret: { name: t } } }",
  "settings: { auth: { plain: { password: @never-shown } } }",
  "settings:\n    auth: { plain: { password: x } }\n  never-shown",
  "settings:\n    auth:\n      plain:\n        password: |never-shown",
];
for (const spec of LEAKS) {
  test(`no message shows what may be a password: ${JSON.stringify(spec)}`, () => {
    const yaml = `apiVersion: redis.aeraki.io/v1alpha1\nkind: RedisService\nmetadata: { name: a }\nspec:\n  host: a\n  ${spec}\n---
apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: { password: never-shown }\n---
apiVersion: v1\nkind: Secret\nmetadata: { name: t }\ndata: never-shown\nstringData: [never-shown]\n`;
    const service = "apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 1, name: tcp-redis }] }\n";
    const result = translate([{ file: "a.yaml", text: yaml }, { file: "b.yaml", text: service }], OPTIONS);
    assert.ok(!result.ok);
    for (const problem of result.problems) assert.doesNotMatch(formatProblem(problem), /never-shown/);
  });
}
