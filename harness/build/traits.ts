import { writeFileSync } from "node:fs";
import { describeModule } from "../emulator/describe.ts";
import { isCodecModule } from "./compile.ts";

/** Where the traits of a module's codecs are, for the control plane; a filter on the SDK alone has none. */
export const traitsFile = (wasm: string): string => wasm.replace(/\.wasm$/, ".json");

/** Writes what a module says of its codecs beside it. */
export async function writeTraits(wasm: string): Promise<void> {
  if (!isCodecModule(wasm)) return;
  writeFileSync(traitsFile(wasm), `${JSON.stringify(await describeModule(wasm), null, 2)}\n`);
}
