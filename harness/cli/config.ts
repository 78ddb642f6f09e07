import { existsSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { formatProblem, loadResources, translate, type Translation } from "../../control-plane/index.ts";
import { Trouble } from "../tools/progress.ts";
import { loadModules, type Modules } from "./modules.ts";

export interface MeshFlags { file: string[]; wasm?: string[]; adminPort?: string; locality?: string }

const HELP = `
  meltemi config -f examples/awesomerpc/mesh.yaml
  meltemi config -f mesh/ -f more.yaml --secrets -o bootstrap.json`;

/** Options that all commands which read resources share. */
export function withMeshOptions(command: Command): Command {
  return command.requiredOption("-f, --file <path...>", "resources: YAML or JSON files, or folders of them")
    .option("--wasm <file...>", "a custom module, in addition to those that ship")
    .option("--locality <region/zone/subzone>", "the locality of this Envoy: near endpoints are preferred")
    .option("--admin-port <port>", "Envoy's admin port on 127.0.0.1 (default: a free one)");
}

/** Adds `meltemi config` to a program. */
export function addConfig(program: Command): Command {
  const command = withMeshOptions(program.command("config").description("print the Envoy bootstrap for resources"))
    .option("-o, --output <file>", "write to this file instead of standard output")
    .option("--secrets", "include passwords and tokens, so that Envoy can use it (default: hidden)").addHelpText("after", HELP);
  return command.action(async (flags: MeshFlags & { output?: string; secrets?: boolean }) => {
    const { bootstrap } = await translateFiles(flags, command, flags.secrets ?? false);
    const text = `${JSON.stringify(bootstrap, null, 2)}\n`;
    if (flags.output === undefined) process.stdout.write(text);
    else writeFileSync(flags.output, text, { mode: flags.secrets ? 0o600 : 0o644 });
  });
}

/** Translates the resources. Throws one error with all problems; warnings go to standard error. */
export async function translateFiles(flags: MeshFlags, command: Command, secrets = true): Promise<Translation & { ok: true; modules: Modules }> {
  const lacking = flags.file.find((path) => !existsSync(path));
  if (lacking) command.error(`error: -f ${lacking}: there is no such file or folder`, { exitCode: 2 });
  const adminPort = Number(flags.adminPort ?? 0);
  if (!Number.isInteger(adminPort) || adminPort < 0 || adminPort > 65535) {
    command.error(`error: --admin-port ${flags.adminPort}: allowed: 0..65535`, { exitCode: 2 });
  }
  const [sources, modules] = await Promise.all([loadResources(flags.file), loadModules(flags.wasm)]);
  const result = translate(sources, { wasm: "", modules, adminPort, secrets, locality: flags.locality });
  if (!result.ok) {
    const count = result.problems.length;
    throw new Trouble(`${result.problems.map(formatProblem).join("\n")}\n${count} ${count === 1 ? "error" : "errors"}; nothing was started`);
  }
  for (const warning of result.warnings) process.stderr.write(`warning: ${formatProblem(warning)}\n`);
  return { ...result, modules };
}
