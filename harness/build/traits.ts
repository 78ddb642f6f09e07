import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Describer { describeModule(wasm: string): Promise<object> }

export const DESCRIBER = fileURLToPath(new URL("../emulator/describe.ts", import.meta.url));

/** Writes what a module says of its codecs to `<name>.json` beside it, where the control plane reads it. */
export async function writeTraits(wasm: string): Promise<void> {
  if (!existsSync(DESCRIBER)) return;
  const { describeModule } = (await import(pathToFileURL(DESCRIBER).href)) as Describer;
  writeFileSync(wasm.replace(/\.wasm$/, ".json"), `${JSON.stringify(await describeModule(wasm), null, 2)}\n`);
}
