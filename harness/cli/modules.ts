import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Traits } from "../../control-plane/index.ts";
import { buildAll, shippedModules } from "../build/all.ts";
import { traitsFile } from "../build/traits.ts";
import { describeModule } from "../emulator/describe.ts";
import { say, Trouble } from "../tools/progress.ts";

/** By codec: the module that has it, and its traits. */
export type Modules = Record<string, { wasm: string; traits: Traits }>;

/** The codecs that ship, built if necessary, each from the first module that has it (examples with their own filters come last), and those of
 * further modules, which replace codecs of the same name.
 */
export async function loadModules(further: string[] = []): Promise<Modules> {
  await buildAll([], ({ name, fresh }) => fresh && say(`built build/${name}.wasm`));
  const modules: Modules = {};
  for (const { name, wasm } of shippedModules().reverse()) if (name !== "meltemi" && existsSync(traitsFile(wasm))) await add(modules, wasm);
  for (const wasm of further) {
    if (!existsSync(wasm)) throw new Trouble(`--wasm ${wasm}: there is no such file`);
    await add(modules, resolve(wasm));
  }
  return modules;
}

async function add(modules: Modules, wasm: string): Promise<void> {
  const beside = traitsFile(wasm);
  const described = existsSync(beside) ? JSON.parse(readFileSync(beside, "utf8")) as unknown : await describeModule(wasm);
  for (const traits of (described as { codecs: Traits[] }).codecs) modules[traits.name] = { wasm, traits };
}
