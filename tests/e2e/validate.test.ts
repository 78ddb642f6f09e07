/** Every configuration of the control plane's test cases, with the modules that ship: Envoy takes it, and so does the plugin. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatProblem, loadResources, pluginConfiguration, translate } from "../../control-plane/index.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { validateBootstrap } from "../../harness/envoy/envoy.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { shippedModulesByCodec } from "./mesh.ts";

const CASES = join(ROOT, "control-plane/testdata/in");
const modules = await shippedModulesByCodec();

for (const name of readdirSync(CASES).filter((file) => !file.startsWith("bad-"))) {
  test(`${name}: envoy --mode validate, and the module takes its configuration`, async () => {
    const result = translate(await loadResources([join(CASES, name)]), { wasm: "", modules });
    assert.ok(result.ok, result.ok ? "" : result.problems.map(formatProblem).join("\n"));
    const { ok, output } = await validateBootstrap(JSON.parse(JSON.stringify(result.bootstrap)) as Record<string, unknown>);
    assert.ok(ok, output);
    for (const listener of result.ir.listeners) {
      const emulator = Emulator.load(modules[listener.codec]!.wasm);
      emulator.createRoot(JSON.stringify(pluginConfiguration(result.ir, listener)));
    }
  });
}
