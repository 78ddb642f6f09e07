import type { Command } from "commander";
import { type EnvoyHandle, startEnvoy } from "../envoy/envoy.ts";
import { Trouble } from "../tools/progress.ts";
import { type MeshFlags, translateFiles, withMeshOptions } from "./config.ts";

interface RunFlags extends MeshFlags { concurrency: string; logLevel: string }

const HELP = `
Runs until Ctrl-C or SIGTERM. Once requests are served it prints one line:
  ready: 127.0.0.1:20880 (org.example.Demo, dubbo), admin 127.0.0.1:9901

  meltemi run -f examples/awesomerpc/mesh.yaml
  meltemi run -f mesh/ --wasm my.wasm --concurrency 2 --log-level info`;

/** Adds `meltemi run` to a program. */
export function addRun(program: Command): Command {
  const command = withMeshOptions(program.command("run").description("translate resources and serve them with Envoy"))
    .option("--concurrency <n>", "Envoy's worker threads", "1")
    .option("--log-level <level>", "Envoy's: trace, debug, info, warning, error, off; warning,wasm:debug", "warning")
    .addHelpText("after", HELP);
  return command.action(async (flags: RunFlags) => {
    const concurrency = Number(flags.concurrency);
    if (!Number.isInteger(concurrency) || concurrency < 1) command.error(`error: --concurrency ${flags.concurrency}: allowed: 1 and more`, { exitCode: 2 });
    const stopped = signalled();
    const { ir, bootstrap } = await translateFiles(flags, command);
    const envoy = await startEnvoy({
      bootstrap: bootstrap as Record<string, unknown>, concurrency, logLevel: flags.logLevel, onLog: (text) => process.stderr.write(text),
    });
    const services = new Map(ir.listeners.map(({ name, service, codec }) => [name, `${service}, ${codec}`]));
    process.stdout.write(`ready: ${await addresses(envoy, services)}, admin 127.0.0.1:${envoy.adminPort}\n`);
    const ended = await Promise.race([stopped, envoy.exited]);
    await envoy.stop();
    if (ended !== undefined) throw new Trouble(`Envoy has ended by itself: ${ended}`);
  });
}

async function addresses(envoy: EnvoyHandle, services: Map<string, string>): Promise<string> {
  const listening = [...await envoy.listeners()].sort(([a], [b]) => (a < b ? -1 : 1));
  return listening.map(([name, { address, port }]) => `${address}:${port} (${services.get(name) ?? name})`).join(", ");
}

/** Resolves when somebody asks for the end. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(undefined));
  });
}
