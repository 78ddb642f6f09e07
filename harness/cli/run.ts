import type { Command } from "commander";
import { type MeshFlags, translateFiles, withMeshOptions } from "./config.ts";
import { runEnvoy, type EnvoyFlags, withEnvoyOptions } from "./running.ts";

const HELP = `
Runs until Ctrl-C or SIGTERM. Once requests are served it prints one line:
  ready: 127.0.0.1:20880 (org.example.Demo, dubbo), admin 127.0.0.1:9901

  meltemi run -f examples/awesomerpc/mesh.yaml
  meltemi run -f mesh/ --wasm my.wasm --concurrency 2 --log-level info`;

/** Adds `meltemi run` to a program. */
export function addRun(program: Command): Command {
  const command = withEnvoyOptions(withMeshOptions(program.command("run").description("translate resources and serve them with Envoy"))).addHelpText("after", HELP);
  return command.action(async (flags: MeshFlags & EnvoyFlags) => {
    const { ir, bootstrap } = await translateFiles(flags, command);
    const services = new Map(ir.listeners.map(({ name, service, codec }) => [name, `${service}, ${codec}`]));
    await runEnvoy(bootstrap as Record<string, unknown>, { concurrency: flags.concurrency, logLevel: flags.logLevel }, (name) => services.get(name) ?? name);
  });
}
