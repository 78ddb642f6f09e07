import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import { buildAll } from "../build/all.ts";
import { buildWasm } from "../build/compile.ts";
import { writeTraits } from "../build/traits.ts";
import { INSTALLED } from "../tools/paths.ts";

const HELP = `
    meltemi build                          all modules that ship, to build/ (in a checkout of Meltemi)
  meltemi build my/index.ts -o my.wasm   a custom module; the traits of its codecs are written to my.json beside it`;

/** Adds `meltemi build` to a program. */
export function addBuild(program: Command): Command {
  const command = program.command("build [entry]").description("compile codecs and filters to a module that Envoy loads")
    .option("-o, --output <file>", "the module to write (default: named after the entry, in the current folder)")
    .addHelpText("after", HELP);
  return command.action(async (entry: string | undefined, { output }: { output?: string }) => {
    if (entry === undefined) {
      if (INSTALLED) command.error("error: an entry file is needed: meltemi build assembly/index.ts -o build/my.wasm", { exitCode: 2 });
      if (output !== undefined) command.error("error: -o needs an entry file", { exitCode: 2 });
      await buildAll([], ({ name, bytes, fresh }) => say(`build/${name}.wasm`, bytes, fresh ? "" : "  unchanged"));
      return;
    }
    if (!existsSync(entry)) command.error(`error: ${entry}: there is no such file`, { exitCode: 2 });
    const wasm = output ?? `${nameOf(entry)}.wasm`;
    const { bytes } = await buildWasm(resolve(entry), resolve(wasm));
    await writeTraits(resolve(wasm));
    say(wasm, bytes, "");
  });
}

/** Of the folder, if the file is the usual index.ts. */
function nameOf(entry: string): string {
  const name = basename(entry, ".ts");
  return name === "index" ? basename(dirname(resolve(entry))) : name;
}

function say(file: string, bytes: number, note: string): void {
  process.stdout.write(`${file.padEnd(28)} ${(bytes || statSync(file).size).toLocaleString("en-US").padStart(9)} bytes${note}\n`);
}
