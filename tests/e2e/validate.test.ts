/** Configurations of the control plane's test cases and of envoy-configs, with the modules that ship: Envoy takes each, and so does the plugin. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { formatProblem, loadResources, pluginConfiguration, translate } from "../../control-plane/index.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { validateBootstrap } from "../../harness/envoy/envoy.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { shippedModulesByCodec } from "./mesh.ts";

const CASES = join(ROOT, "control-plane/testdata/in");
const modules = await shippedModulesByCodec();

for (const name of readdirSync(CASES).filter((file) => !file.startsWith("bad-"))) {
  test(`${name}: envoy --mode validate, and the module takes its configuration`, async () => {
    const sources = await loadResources([join(CASES, name)]), locality = /^# locality: (.*)$/m.exec(readFileSync(join(CASES, name), "utf8"))?.[1];
    const result = translate(sources, { wasm: "", modules, locality });
    assert.ok(result.ok, result.ok ? "" : result.problems.map(formatProblem).join("\n"));
    const { ok, output } = await validateBootstrap(JSON.parse(JSON.stringify(result.bootstrap)) as Record<string, unknown>);
    assert.ok(ok, output);
    for (const listener of result.ir.listeners) {
      const emulator = Emulator.load(modules[listener.codec]!.wasm);
      emulator.createRoot(JSON.stringify(pluginConfiguration(result.ir, listener)));
    }
  });
}

const CONFIGS = join(ROOT, "envoy-configs");
const yamlIn = (folder: string) => readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const takes = (configuration: { codec: string }) => Emulator.load(modules[configuration.codec]!.wasm).createRoot(JSON.stringify(configuration));

for (const name of yamlIn(CONFIGS)) {
  test(`envoy-configs/${name}: envoy --mode validate, and the module takes its configuration`, async () => {
    // as Envoy reads it
    const bootstrap = parse(readFileSync(join(CONFIGS, name), "utf8"), { version: "1.1" }) as Record<string, unknown>;
    const { ok, output } = await validateBootstrap(bootstrap);
    assert.ok(ok, output);
    const plugins: { codec: string }[] = [];
    JSON.stringify(bootstrap, (key, value: unknown) => {
      if (key === "value" && typeof value === "string" && value.startsWith("{")) plugins.push(JSON.parse(value) as { codec: string });
      return value;
    });
    assert.ok(plugins.length > 0);
    for (const plugin of plugins) takes(plugin);
  });
}

for (const name of yamlIn(join(CONFIGS, "istio"))) {
  test(`envoy-configs/istio/${name}: the module takes the configuration of the WasmPlugin`, () => {
    const [plugin] = parseAllDocuments(readFileSync(join(CONFIGS, "istio", name), "utf8"));
    takes((plugin!.toJS() as { spec: { pluginConfig: { codec: string } } }).spec.pluginConfig);
  });
}
