import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse } from "yaml";
import type { Bootstrap } from "../envoy/config.ts";
import { Trouble } from "../tools/progress.ts";
import { checkPlaces, placesOf } from "./places.ts";
import { runEnvoy, type EnvoyFlags, withEnvoyOptions } from "./running.ts";

const HELP = `
For filters on the SDK, which need no resources. Uses the same Envoy as \`meltemi run\`; file names in the bootstrap are relative
to the current folder. Runs until Ctrl-C or SIGTERM, or until its parent process ends.

  meltemi envoy examples/http-fault/envoy.yaml --log-level warning,wasm:info`;

/** Adds `meltemi envoy` to a program. */
export function addEnvoy(program: Command): Command {
  const command = withEnvoyOptions(program.command("envoy <bootstrap>").description("run Envoy with your own bootstrap, in YAML or JSON")).addHelpText("after", HELP);
  return command.action(async (file: string, flags: EnvoyFlags) => {
    if (!existsSync(file)) command.error(`error: ${file}: there is no such file`, { exitCode: 2 });
    const bootstrap = read(file);
    await checkPlaces(placesOf(bootstrap));
    await runEnvoy(bootstrap, flags, (name) => name, process.cwd());
  });
}

function read(file: string): Bootstrap {
  try {
    return parse(readFileSync(file, "utf8")) as Bootstrap;
  } catch (error) {
    throw new Trouble(`${file}: ${(error as Error).message.trim()}`);
  }
}
