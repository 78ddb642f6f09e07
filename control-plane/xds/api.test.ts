/** Every golden of the translation as binary: Envoy's API knows all of its messages and fields. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { compile } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { envoyResources } from "../translate/envoy/dynamic.ts";
import { EnvoyApi, encodeTable } from "./api.ts";
import { MESSAGES, type Type } from "./types.ts";

const IN = join(import.meta.dirname, "../testdata/in");
let api: EnvoyApi;
before(async () => { api = new EnvoyApi(await envoyApi()); });

test("all that the goldens give is Envoy's", () => {
  const cases = readdirSync(IN).filter((name) => !name.startsWith("bad-"));
  assert.ok(cases.length > 10);
  for (const name of cases) {
    const compiled = compile([{ file: name, text: readFileSync(join(IN, name), "utf8") }], MODULES);
    assert.ok(compiled.ok);
    const resources = envoyResources(compiled.ir, { wasmOf: () => "meltemi.wasm", drainTimeoutMs: 10_000 });
    for (const type of ["clusters", "endpoints", "listeners"] as const) {
      for (const json of resources[type]) assert.ok(api.encode(MESSAGES[type], json).length > 0, name);
    }
  }
});

test("what Envoy does not know is refused with its name", () => {
  assert.throws(() => api.encode(MESSAGES.clusters, { name: "a", conect_timeout: "1s" }), /conect_timeout/);
  assert.throws(() => api.encode(MESSAGES.clusters, { transport_socket: { name: "x", typed_config: { "@type": "type.googleapis.com/no.Such" } } }), /no\.Such/);
  assert.throws(() => api.encode("envoy.Nothing", {}), /envoy\.Nothing: the descriptors have no such message/);
});

test("bytes come back as they were, names and numbers of fields as in the .proto files", () => {
  const json = { name: "a", type: "EDS", connect_timeout: "1.5s", eds_cluster_config: { eds_config: { ads: {}, resource_api_version: "V3" } } };
  // Cluster: name = 1, type = 2 (EDS = 3), eds_cluster_config = 3, connect_timeout = 4
  const bytes = Buffer.from(api.encode(MESSAGES.clusters, json));
  assert.equal(bytes.toString("hex"), "0a0161" + "1003" + "1a06" + "0a04" + "1a00" + "3002" + "2208" + "0801" + "1080cab5ee01");
  const { connectTimeout } = api.decode<{ connectTimeout: { seconds: bigint; nanos: number } }>(MESSAGES.clusters, bytes);
  assert.deepEqual([connectTimeout.seconds, connectTimeout.nanos], [1n, 500_000_000]);
  assert.equal(Buffer.from(encodeTable("l", "{}")).toString("hex"), "0a016c" + "12027b7d");
  assert.equal(MESSAGES["tables" satisfies Type], "meltemi.v1.RouteConfiguration");
});
