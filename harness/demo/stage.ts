/** Real servers, Envoy and clients for the demo, from the resources in examples/, with ports that are free here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem, translate } from "../../control-plane/index.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { loadModules } from "../cli/modules.ts";
import { type EnvoyHandle, startEnvoy } from "../envoy/envoy.ts";
import { startJavaServer } from "../peers/dubbo/index.ts";
import { startRedis } from "../peers/redis/index.ts";
import { startServer } from "../peers/thrift/index.ts";
import { ROOT } from "../tools/paths.ts";
import { step, Trouble } from "../tools/progress.ts";

const RESOURCES = ["dubbo/canary.yaml", "dubbo/batch.yaml", "dubbo/split.yaml", "redis/prefix.yaml", "thrift/canary.yaml", "awesomerpc/mesh.yaml"];
/** Ports in these resources: the servers', by what runs there. Listeners' ports become free ones. */
const SERVER_PORTS = { v1: 20881, v2: 20882, cache: 6380, sessions: 6381, thrift1: 9091, thrift2: 9092, greeter1: 7001, greeter2: 7002 };
const LISTENER_PORTS = [20880, 20890, 20900, 6379, 6389, 9090, 7000];
const SESSIONS_PASSWORD = "for-the-proxy";

export class Stage {
  private readonly ends: (() => Promise<unknown>)[] = [];
  private envoy: EnvoyHandle | undefined;

  /** Opens the curtain; what was started before an error is ended by `close`. */
  async open(): Promise<void> {
    const ports = new Map(LISTENER_PORTS.map((port) => [port, 0]));
    await step("starting two servers each: Dubbo (Java), Redis (Valkey), Thrift (Python), AwesomeRPC", async () => {
      for (const name of ["v1", "v2"] as const) {
        const server = await startJavaServer({ name });
        this.onClose(() => server.stop("SIGKILL"));
        ports.set(SERVER_PORTS[name], server.port);
      }
      for (const name of ["cache", "sessions"] as const) {
        const server = await startRedis(name === "sessions" ? { password: SESSIONS_PASSWORD } : {});
        this.onClose(() => server.stop());
        ports.set(SERVER_PORTS[name], server.port);
      }
      for (const [name, place] of [["v1", "thrift1"], ["v2", "thrift2"]] as const) {
        const server = await startServer("python", { name, transport: "header" });
        this.onClose(() => server.kill());
        ports.set(SERVER_PORTS[place], server.port);
      }
      for (const name of ["greeter1", "greeter2"] as const) {
        const server = await new AwesomeServer(name).start();
        this.onClose(() => server.stop());
        ports.set(SERVER_PORTS[name], server.port);
      }
    });
    await step("starting Envoy through func-e, configured from examples/", async () => {
      const sources = RESOURCES.map((name) => ({ file: name, text: withPorts(readFileSync(join(ROOT, "examples", name), "utf8"), ports) }));
      const result = translate(sources, { wasm: "", modules: await loadModules() });
      if (!result.ok) throw new Trouble(result.problems.map(formatProblem).join("\n"));
      const envoy = this.envoy = await startEnvoy({ bootstrap: result.bootstrap as Record<string, unknown> });
      this.onClose(() => envoy.stop());
    });
  }

  /** The port at which Envoy serves a host. */
  async port(host: string): Promise<number> {
    for (const [name, { port }] of await this.envoy!.listeners()) if (name.includes(host)) return port;
    throw new Trouble(`Envoy has no listener for ${host}\n${this.envoy!.log()}`);
  }

  onClose(end: () => Promise<unknown>): void { this.ends.push(end); }

  async close(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end().catch(() => undefined);
  }
}

function withPorts(text: string, ports: Map<number, number>): string {
  return text.replace(/\b\d{4,5}\b/g, (port) => String(ports.get(Number(port)) ?? port));
}
