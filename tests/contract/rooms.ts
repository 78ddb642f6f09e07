import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildAll, buildGuest, shippedModules } from "../../harness/build/all.ts";
import { Inspector, type Traits } from "../../harness/emulator/inspector.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { vectorsOf, type Vector } from "./vectors.ts";

/** A folder with a codec, its compiled module and its vectors. */
export interface Room { name: string; folder: string; wasm: string; traits: Traits; vectors: Vector[] }

/** All rooms with vectors, built: the codecs that ship, the examples, and the framework's own toy. */
export async function openRooms(): Promise<Room[]> {
  const shipped = shippedModules().filter(({ entry }) => existsSync(join(entry, "..", "vectors")));
  const built = shipped.length > 0 ? await buildAll(shipped.map(({ name }) => name)) : [];
  const toy = await buildGuest("tests/guests/inspect-toy.ts");
  return Promise.all([{ entry: join(ROOT, "tests/toy/index.ts"), wasm: toy }, ...built].map(({ entry, wasm }) => room(join(entry, ".."), wasm)));
}

async function room(folder: string, wasm: string): Promise<Room> {
  const codecs = Inspector.load(wasm).describe().codecs, traits = codecs[0];
  if (!traits) throw new Error(`${folder}: its module registers no codec`);
  return { name: traits.name, folder, wasm, traits, vectors: await vectorsOf(folder) };
}

/** Files with cases that once broke a codec. */
export function crashFiles(room: Room): string[] {
  const folder = join(room.folder, "vectors/crashes");
  return existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith(".json")).sort().map(name => join(folder, name)) : [];
}
