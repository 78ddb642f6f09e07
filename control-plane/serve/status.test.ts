/** What the status says of registries. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { readRange } from "../provider/dubbo/addresses.ts";
import { DubboProvider } from "../provider/dubbo/provider.ts";
import { readRecord } from "../provider/dubbo/record.ts";
import type { Registry, RegistryListener } from "../provider/dubbo/registry.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { ControlPlane } from "./controlPlane.ts";
import { debugPage } from "./debug/page.ts";
import { statusOf } from "./status.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const NAME = "org.x.Demo", node = (port: number): string => encodeURIComponent(`dubbo://10.0.0.1:${port}/${NAME}?interface=${NAME}`);

test("entries of a registry that are skipped are named, with why and how many, for as long as they are there", async () => {
  let told!: RegistryListener;
  const registry: Registry = { scheme: "zookeeper", name: "zookeeper test", label: "zookeeper", start: (listener) => { told = listener; return Promise.resolve(); }, stop: () => Promise.resolve() };
  const provider = new DubboProvider([registry], { port: 20880, addresses: readRange("127.128.0.0/9")! });
  const plane = new ControlPlane({ providers: [provider], modules: MODULES, wasmOf: () => "x.wasm", descriptors: await envoyApi(), log: () => undefined });
  await plane.start("127.0.0.1:0");
  ends.push(() => plane.stop());
  const has = (...nodes: string[]): void => told.changed([readRecord(NAME, `/dubbo/${NAME}`, nodes, [])]);
  const skipped = () => statusOf(plane).providers[0]!.skipped;
  has(node(1));
  assert.equal(skipped(), undefined);
  has("null", node(1), node(70_000));
  assert.equal(skipped()?.count, 2);
  for (const named of ["null is not a Dubbo URL", "has no port of 1 to 65535"]) {
    assert.ok(skipped()!.first.some((text) => text.startsWith(`zookeeper:/dubbo/${NAME}`) && text.includes(named)), JSON.stringify(skipped()));
    assert.match(debugPage(plane, new URLSearchParams()).replaceAll("&#39;", "'"), new RegExp(named), "the page has it too");
  }
  assert.equal(statusOf(plane).providers[0]!.sources, 1, "its neighbours are there");
  has(node(1), node(70_000));
  assert.equal(skipped()?.count, 1);
  has(node(1));
  assert.equal(skipped(), undefined, "nothing that was served has changed, but it is well");
  has(node(1), node(70_000));
  assert.equal(skipped()?.count, 1, "told again, though the log has it already");
});
