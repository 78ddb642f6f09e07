/** What each example of the SDK promises of its room, without running it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { validateBootstrap } from "../../../harness/envoy/envoy.ts";
import { ROOT } from "../../../harness/tools/paths.ts";
import { Room } from "./room.ts";

for (const name of ["http-header-mutation", "http-jwt-auth", "http-fault", "tcp-inspect"]) {
  const folder = join(ROOT, "examples", name), room = new Room(name);

  test(`${name}: its code has less than 80 lines`, () => {
    const lines = readFileSync(join(folder, "index.ts"), "utf8").split("\n").filter((line) => !/^\s*(\/\/|\/\*\*|\*|$)/.test(line));
    assert.ok(lines.length < 80, `${lines.length} lines`);
  });

  test(`${name}: Istio's manifest configures it as envoy.yaml does`, () => {
    const { kind, spec } = parse(readFileSync(join(folder, "wasmplugin.yaml"), "utf8")) as { kind: string; spec: Record<string, unknown> };
    assert.equal(kind, "WasmPlugin");
    assert.equal(spec.type, name.startsWith("tcp") ? "NETWORK" : "HTTP");
    assert.deepEqual(spec.pluginConfig, JSON.parse(room.configuration));
  });

  test(`${name}: it is built with what ships, and Envoy takes envoy.yaml`, async () => {
    assert.ok(existsSync(room.wasm), `${room.wasm} was not built`);
    assert.deepEqual(await validateBootstrap(room.bootstrap()), { ok: true, output: "" });
  });
}
