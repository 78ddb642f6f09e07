import { main } from "assemblyscript/asc";

/**
 * Compiles an AssemblyScript module to memory, as the build does. `entry` is relative to the checkout's root and must
 * define `abort`. Throws with the compiler's messages.
 */
export async function compile(entry: string, flags: string[] = []): Promise<Uint8Array> {
  const name = entry.replace(/\.ts$/, "");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(
    [entry, "--outFile", "out.wasm", "--runtime", "incremental", "--exportStart", "_initialize", "--use", `abort=${name}/abort`, ...flags],
    { writeFile: (file, contents) => { if (file === "out.wasm") wasm = contents as Uint8Array; } },
  );
  if (error || !wasm) throw new Error(`${entry} does not compile: ${stderr.toString() || String(error)}`);
  return wasm;
}
