import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ROOT } from "../tools/paths.ts";
import { shown } from "../tools/progress.ts";

/** Wrong usage: commander's own errors, and ours by `command.error(text, { exitCode: 2 })`. */
const MISUSE = 2;

/** In the order of the help. */
const COMMANDS: Record<string, () => Promise<(program: Command) => Command>> = {
  build: async () => (await import("./build.ts")).addBuild,
  run: async () => (await import("./run.ts")).addRun,
  serve: async () => (await import("./serve.ts")).addServe,
  bootstrap: async () => (await import("./bootstrap.ts")).addBootstrap,
  config: async () => (await import("./config.ts")).addConfig,
  decode: async () => (await import("./decode.ts")).addDecode,
  envoy: async () => (await import("./envoy.ts")).addEnvoy,
  init: async () => (await import("./init.ts")).addInit,
  manifests: async () => (await import("./manifests.ts")).addManifests,
  image: async () => (await import("./image.ts")).addImage,
};

/** `word`: the first of the command line. If it names a command, the others are not loaded: half of the time to start. */
async function program(word = ""): Promise<Command> {
  const { version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, string>;
  const all = new Command("meltemi").description(description!).version(version!).showHelpAfterError("(see --help)").exitOverride();
  for (const name of Object.hasOwn(COMMANDS, word) ? [word] : Object.keys(COMMANDS)) (await COMMANDS[name]!())(all);
  for (const command of all.commands) command.exitOverride();
  return all;
}

/** Runs a command line. Exit codes: 0 success, 1 failure, 2 wrong usage. */
export async function main(argv: string[]): Promise<void> {
  process.stdout.on("error", endQuietly);
  try {
    await (await program(argv[2])).parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) process.stderr.write(`${shown(error)}\n`);
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : MISUSE) : 1;
  }
}

/** The reader of the output has closed the pipe. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}
