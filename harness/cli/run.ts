import type { Command } from "commander";
import { ControlPlane, FolderProvider, localityOf, statsConfig, xdsBootstrap, type Ir } from "../../control-plane/index.ts";
import { envoyApi } from "../build/envoy-api.ts";
import { say } from "../tools/progress.ts";
import { type MeshFlags, translateFiles, withMeshOptions } from "./config.ts";
import type { Modules } from "./modules.ts";
import { checkPlaces } from "./places.ts";
import { type EnvoyFlags, runEnvoy, withEnvoyOptions } from "./running.ts";

const HELP = `
Runs until Ctrl-C or SIGTERM, or until its parent process ends. Once requests are served it prints one line:
  ready: 127.0.0.1:20880 (org.example.Demo, dubbo), admin 127.0.0.1:9901
Later changes of the resources take effect at once, without closing connections; an invalid change is reported and ignored.

  meltemi run -f examples/awesomerpc/mesh.yaml
  meltemi run -f mesh/ --wasm my.wasm --concurrency 2 --log-level info`;

/** Adds `meltemi run` to a program. */
export function addRun(program: Command): Command {
  const command = withEnvoyOptions(withMeshOptions(program.command("run").description("translate resources, run Envoy with them, and follow their changes")))
    .option("--no-watch", "read the resources only once").addHelpText("after", HELP);
  return command.action(async (flags: MeshFlags & EnvoyFlags & { watch: boolean }) => {
    const { ir, bootstrap, modules } = await translateFiles(flags, command);
    const bound = ir.listeners.filter(({ bound }) => bound !== false).map(({ address, port, service }) => ({ address, port, whose: service }));
    await checkPlaces([...bound, { address: "127.0.0.1", port: Number(flags.adminPort ?? 0), whose: "admin" }]);
    const services = new Map(ir.listeners.map(({ name, service, codec }) => [name, `${service}, ${codec}`]));
    const run = (started: object): Promise<void> =>
      runEnvoy(started as Record<string, unknown>, { concurrency: flags.concurrency, logLevel: flags.logLevel }, (name) => services.get(name) ?? name);
    await (flags.watch ? watched(flags, { ir, modules }, run) : run(bootstrap));
  });
}

/** Runs Envoy with a control plane in this process. */
async function watched({ file, adminPort, locality }: MeshFlags, { ir, modules }: { ir: Ir; modules: Modules }, run: (bootstrap: object) => Promise<void>): Promise<void> {
  const descriptors = await envoyApi();
  const plane = new ControlPlane({ providers: [new FolderProvider(file)], modules, wasmOf: (codec) => modules[codec]!.wasm, descriptors, log: say });
  try {
    const port = await plane.start("127.0.0.1:0");
    await run(xdsBootstrap({ node: { id: "meltemi", ...(locality ? { locality: localityOf(locality) } : {}) }, address: "127.0.0.1", port, adminPort: Number(adminPort ?? 0), mode: "delta", stats: statsConfig(ir) }));
  } finally {
    await plane.stop();
  }
}
