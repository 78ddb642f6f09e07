/** A mesh from resources, on the real Envoy: what `meltemi run` does, inside a test. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explain, formatProblem, type Ir, translate } from "../../control-plane/index.ts";
import { shippedModules } from "../../harness/build/all.ts";
import { traitsFile } from "../../harness/build/traits.ts";
import { describeModule } from "../../harness/emulator/describe.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { type EnvoyHandle, startEnvoy } from "../../harness/envoy/envoy.ts";

export interface Mesh {
  envoy: EnvoyHandle;
  ir: Ir;
  /** Ports of the listeners, in order of their names. */
  ports: number[];
  /** Sum of a counter over all its labels that match; Envoy gets counts once a second. */
  count(metric: string): Promise<number>;
}

export interface MeshOptions {
  /** A module of one's own in place of those that ship. */
  wasm?: string;
  concurrency?: number;
  /** As startEnvoy's. */
  logLevel?: string;
  /** Envoy's --drain-time-s, and the drain_timeout that the translation is asked for. */
  drain?: { seconds: number; timeoutMs: number };
  /** Changes each plugin configuration. */
  plugin?: (configuration: Record<string, unknown>) => Record<string, unknown>;
  /** Changes the whole bootstrap. */
  bootstrap?: (bootstrap: Bootstrap) => Bootstrap;
}

/** Translates resources and starts Envoy with them; a problem in them is an Error. */
export async function startMesh(yaml: string, options: MeshOptions = {}): Promise<Mesh> {
  const modules = options.wasm ? await modulesOf([options.wasm]) : await shippedModulesByCodec();
  const result = translate([{ file: "mesh.yaml", text: yaml }], { wasm: options.wasm ?? "", modules, drainTimeoutMs: options.drain?.timeoutMs });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  let bootstrap = withPlugin(result.bootstrap, options.plugin ?? ((configuration) => configuration));
  if (options.bootstrap) bootstrap = options.bootstrap(bootstrap);
  const envoy = await startEnvoy({ bootstrap, concurrency: options.concurrency ?? 1, logLevel: options.logLevel, drainSeconds: options.drain?.seconds });
  const listeners = [...await envoy.listeners()].sort(([a], [b]) => a < b ? -1 : 1);
  return { envoy, ir: result.ir, ports: listeners.map(([, { port }]) => port), count: (metric) => count(envoy, metric) };
}

export { explain };

async function count(envoy: EnvoyHandle, metric: string): Promise<number> {
  const counted = await envoy.stats(metric);
  return [...counted.values()].reduce((sum, n) => sum + n, 0);
}

type Modules = Record<string, { wasm: string; traits: Parameters<typeof translate>[1]["modules"][string]["traits"] }>;

/** The modules that ship, built before, one for each codec. */
export function shippedModulesByCodec(): Promise<Modules> {
  return modulesOf(shippedModules().reverse().filter(({ name, wasm }) => name !== "meltemi" && existsSync(traitsFile(wasm))).map(({ wasm }) => wasm));
}

async function modulesOf(files: string[]): Promise<Modules> {
  const modules: Modules = {};
  for (const wasm of files.filter((file) => existsSync(file))) {
    for (const traits of (await describeModule(wasm)).codecs) modules[traits.name] = { wasm, traits };
  }
  return modules;
}

function withPlugin(bootstrap: object, change: NonNullable<MeshOptions["plugin"]>): Bootstrap {
  return JSON.parse(JSON.stringify(bootstrap), (key, value: unknown) => {
    if (key !== "value" || typeof value !== "string" || !value.startsWith('{"codec"')) return value;
    return JSON.stringify(change(JSON.parse(value) as Record<string, unknown>));
  }) as Bootstrap;
}

/** One service as a ServiceEntry with a free listener port; endpoints are given as [port, labels]. */
export function serviceEntry(host: string, portName: string, endpoints: [number, Record<string, string>?][], annotations: Record<string, string> = {}): string {
  return JSON.stringify({
    apiVersion: "networking.istio.io/v1", kind: "ServiceEntry",
    metadata: { name: host.split(".")[0], namespace: "default", annotations },
    spec: {
      hosts: [host], resolution: "STATIC", ports: [{ number: 0, name: portName, protocol: "TCP" }],
      endpoints: endpoints.map(([port, labels]) => ({ address: "127.0.0.1", ports: { [portName]: port }, labels: labels ?? {} })),
    },
  });
}

/** A DestinationRule: the cluster of NAME.example may have one connection. */
export function oneConnection(name: string): string {
  return JSON.stringify({
    apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name },
    spec: { host: `${name}.example`, trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 } } } },
  });
}

/** Changes limits of one service's plugin. */
export function withLimits(service: string, limits: Record<string, number>): NonNullable<MeshOptions["plugin"]> {
  return (configuration) => configuration.service === service ? { ...configuration, limits: { ...configuration.limits as object, ...limits } } : configuration;
}

/** The text of a file of the checkout. */
export function readText(...path: string[]): string { return readFileSync(join(import.meta.dirname, "../..", ...path), "utf8"); }
