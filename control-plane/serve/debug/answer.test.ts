import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../index.ts";
import { MODULES } from "../../testdata/fixtures.ts";
import { answer, readMetadata } from "./answer.ts";
import { html } from "./html.ts";

const MESH = [
  { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "a" }, spec: {
    hosts: ["a.example"], resolution: "STATIC", addresses: ["127.0.0.1"], ports: [{ number: 7001, name: "tcp-thrift" }],
    endpoints: [{ address: "10.0.0.1", weight: 3, labels: { version: "v1" } }, { address: "10.0.0.2", labels: { version: "v1" } }, { address: "10.0.0.3", labels: { version: "v2" } }],
  } },
  { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "a" }, spec: { host: "a.example", subsets: [
    { name: "v1", labels: { version: "v1" } }, { name: "v2", labels: { version: "v2" }, trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: "user" } } } },
  ] } },
  { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "a" }, spec: { hosts: ["a.example"], routes: [
    { name: "vip", match: { attributes: { user: { exact: "vip" } } }, route: [{ destination: { host: "a.example", subset: "v2" } }] },
    { name: "rest", match: { attributes: { method: { prefix: "get" } } }, route: [{ destination: { host: "a.example", subset: "v1" }, weight: 80 }, { destination: { host: "a.example", subset: "v2" }, weight: 20 }] },
  ] } },
];
const compiled = compile(MESH.map((each, i) => ({ file: `${i}`, text: JSON.stringify(each) })), MODULES);
const ask = (text: string) => {
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return answer(compiled.ir, { listener: "a.example", metadata: readMetadata(text) }, () => ({ ...MODULES.thrift.traits, requestKeys: ["method", "user"] }));
};

test("rule, shares of clusters and of their endpoints, what is missing, what is unknown", () => {
  const { explanation, clusters, missing, unknown, pins } = ask("method = getItem\ncolour=red");
  assert.deepEqual([explanation.outcome, explanation.route], ["route", "rest"]);
  assert.deepEqual(clusters.map(({ name, percent }) => [name, percent]), [["outbound|7001|v1|a.example", 80], ["outbound|7001|v2|a.example", 20]]);
  assert.deepEqual(clusters[0]!.endpoints.map(({ address, percent }) => [address, percent]), [["10.0.0.1:7001", 60], ["10.0.0.2:7001", 20]]);
  assert.deepEqual([missing, unknown, pins], [["user"], ["colour"], [{ key: "user", value: undefined }]]);
});

test("keys may be called as anything", () => {
  const { unknown } = ask("__proto__=x\nconstructor=y\nconstructor=z\ntoString");
  assert.deepEqual(unknown, ["__proto__", "constructor", "toString"]);
  assert.deepEqual(readMetadata("constructor=y\nconstructor=z").constructor, ["y", "z"]);
});

test("what pins a request, what is refused, and what cannot be read", () => {
  assert.deepEqual(ask("user=vip\nmethod=x").pins, [{ key: "user", value: "vip" }]);
  assert.equal(ask("method=put").explanation.outcome, "RouteNotFound");
  assert.equal(ask("user\nmethod=get").explanation.route, "rest", "a key that cannot be read matches nothing");
  assert.throws(() => compiled.ok && answer(compiled.ir, { listener: "none", metadata: {} }, () => undefined), /no listener "none"/);
});

test("a key that comes twice has two values; values keep their signs", () => {
  assert.deepEqual({ ...readMetadata("a=1\n a=2=3 \n\nb\nb=4") }, { a: ["1", "2=3"], b: null });
});

test("what is written into a page is text", () => {
  assert.equal(html`<p>${"<script>\"&'"}</p>${["a", html`<b>`]}${undefined}`.text, "<p>&#60;script&#62;&#34;&#38;&#39;</p>a<b>");
});
