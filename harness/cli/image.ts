import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { writeLayout } from "../image/layout.ts";

const HELP = `
The folder contains the two forms that Istio accepts, as the tags compat and oci; push it with any OCI tool:

  meltemi image build/meltemi.wasm -o image/
  skopeo copy oci:image:compat docker://registry.example.com/meltemi:0.1.0`;

/** Adds `meltemi image` to a program. */
export function addImage(program: Command): Command {
  const command = program.command("image <module>").description("write an OCI image layout of a .wasm, for Istio").requiredOption("-o, --output <dir>", "the layout's folder").addHelpText("after", HELP);
  return command.action((module: string, { output }: { output: string }) => {
    if (!existsSync(module)) command.error(`error: ${module}: there is no such file`, { exitCode: 2 });
    writeLayout(readFileSync(module), output);
  });
}
