import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ROOT } from "../tools/paths.ts";
import { shown } from "../tools/progress.ts";
import { addBootstrap } from "./bootstrap.ts";
import { addBuild } from "./build.ts";
import { addConfig } from "./config.ts";
import { addDecode } from "./decode.ts";
import { addEnvoy } from "./envoy.ts";
import { addInit } from "./init.ts";
import { addImage } from "./image.ts";
import { addManifests } from "./manifests.ts";
import { addRun } from "./run.ts";
import { addServe } from "./serve.ts";

/** Used wrongly: commander's own complaints, and ours with `command.error(text, { exitCode: 2 })`. */
const MISUSE = 2;

export function program(): Command {
  const { version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, string>;
  const all = new Command("meltemi").description(description!).version(version!).showHelpAfterError("(--help tells more)").exitOverride();
  for (const add of [addBuild, addRun, addServe, addBootstrap, addConfig, addDecode, addEnvoy, addInit, addManifests, addImage]) add(all);
  for (const command of all.commands) command.exitOverride();
  return all;
}

/** Runs a command line. Exit codes: 0, 1 it failed, 2 it was used wrongly. */
export async function main(argv: string[]): Promise<void> {
  process.stdout.on("error", endQuietly);
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) process.stderr.write(`${shown(error)}\n`);
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : MISUSE) : 1;
  }
}

/** Whoever reads the output has seen enough. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}
