import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { generate } from "./generate.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const HOW = "run: npx tsx envoy-configs/generate.ts";
const files = generate();

for (const [file, text] of files) {
  test(`${file} is what its resources make`, () => assert.equal(readFileSync(FOLDER + file, "utf8"), text, HOW));
}

test("each protocol has both kinds, each inline one its manifest, and nothing else is there", () => {
  const protocols = ["dubbo", "redis", "thrift"];
  const expected = protocols.flatMap((p) => [`${p}-inline.yaml`, `${p}-lanes.yaml`]);
  assert.deepEqual(readdirSync(FOLDER).filter((f) => f.endsWith(".yaml")).sort(), expected);
  assert.deepEqual(readdirSync(`${FOLDER}resources`).sort(), expected);
  assert.deepEqual(readdirSync(`${FOLDER}istio`).sort(), protocols.map((p) => `${p}.yaml`));
});

test("bootstraps: what stands behind the filter is what the name says, and modules come from build/", () => {
  for (const [file, text] of files) {
    if (file.startsWith("istio/")) continue;
    const bootstrap = JSON.stringify(parse(text, { version: "1.1" }));
    const [codec, kind] = file.replace(".yaml", "").split("-");
    assert.equal(bootstrap.includes("tcp_proxy.v3.TcpProxy"), kind === "inline", file);
    assert.equal(bootstrap.includes("HttpConnectionManager"), kind === "lanes", file);
    assert.ok(bootstrap.includes(`"filename":"build/${codec}.wasm"`), file);
  }
});

test("manifests: a WasmPlugin of type NETWORK, inline, with a place for nothing that Istio does not know", () => {
  const fields = ["selector", "type", "url", "failStrategy", "match", "pluginConfig"];
  for (const [file, text] of files) {
    if (!file.startsWith("istio/")) continue;
    const [plugin, patch] = parseAllDocuments(text).map((d) => d.toJS() as { kind: string; spec: Record<string, unknown> });
    assert.equal(plugin!.kind, "WasmPlugin");
    assert.deepEqual(Object.keys(plugin!.spec), fields);
    assert.equal(plugin!.spec.type, "NETWORK");
    const config = plugin!.spec.pluginConfig as Record<string, unknown>;
    assert.equal(config.upstream, "inline");
    assert.equal(patch?.kind, "routes" in config ? "EnvoyFilter" : undefined, file);
    assert.equal("defaultCluster" in config, false, file);
  }
});
