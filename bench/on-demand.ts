/**
 * What services on demand save: `node --import tsx bench/on-demand.ts` prints a table and writes it to bench/results/on-demand.md. A mesh of
 * 5,000 Thrift services behind one Gateway, once all of it for an Envoy and once on demand with three services in use.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ControlPlane, statsConfig, xdsBootstrap } from "../control-plane/index.ts";
import { envoyApi } from "../harness/build/envoy-api.ts";
import { loadModules } from "../harness/cli/modules.ts";
import type { Bootstrap } from "../harness/envoy/config.ts";
import { startEnvoy } from "../harness/envoy/envoy.ts";
import { ROOT } from "../harness/tools/paths.ts";
import { freePort } from "../harness/tools/net.ts";
import { until } from "../harness/tools/wait.ts";
import { startClient, startServer } from "../harness/peers/thrift/index.ts";

const SERVICES = Number(process.env.MELTEMI_BENCH_SERVICES ?? 5000), ENDPOINTS = 10, MIB = 1 << 20;
const resource = (kind: string, name: string, spec: object, annotations = {}): string =>
  JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "default", annotations }, spec });

interface Line { ready: number; bytes: number; clusters: number; rss: number; first: number; later: number }

async function measure(onDemand: boolean): Promise<Line> {
  const port = await freePort(), server = await startServer("python", { name: "stock", transport: "framed" });
  const service = (name: string, ports: number[]): string[] => [
    resource("ServiceEntry", name.toLowerCase(), {
      hosts: [`${name.toLowerCase()}.example`], resolution: "STATIC", ports: [{ number: 0, name: "tcp-thrift", protocol: "TCP" }],
      endpoints: ports.map((at) => ({ address: "127.0.0.1", ports: { "tcp-thrift": at } })),
    }, { interface: name }),
    resource("VirtualService", name.toLowerCase(), { hosts: [`${name.toLowerCase()}.example`], gateways: ["gate"], http: [{ route: [{ destination: { host: `${name.toLowerCase()}.example` } }] }] }),
  ];
  const gate = resource("Gateway", "gate", { servers: [{ port: { number: port, name: "tcp-thrift", protocol: "TCP" }, bind: "127.0.0.1", hosts: ["*"] }] }, { "meltemi.io/on-demand": String(onDemand) });
  const others = Array.from({ length: SERVICES - 1 }, (_, i) => service(`Service${i}`, Array.from({ length: ENDPOINTS }, (__, n) => 20_000 + (i * ENDPOINTS + n) % 40_000))).flat();
  const text = [gate, ...service("Stock", [server.port]), ...others].join("\n---\n"), [modules, descriptors] = await Promise.all([loadModules(), envoyApi()]);
  const provider = { name: "bench", start: async (listener: { changed(sources: { file: string; text: string }[]): void }) => listener.changed([{ file: "bench", text }]), stop: async () => undefined };
  const plane = new ControlPlane({ providers: [provider], modules, wasmOf: (codec) => modules[codec]!.wasm, descriptors, log: () => undefined });
  const at = await plane.start("127.0.0.1:0");
  await until("a snapshot", 120_000, () => plane.xds.snapshot);
  const start = performance.now(), node = { id: "bench", metadata: { services: ["default/gate"] } };
  const envoy = await startEnvoy({ bootstrap: xdsBootstrap({ node, address: "127.0.0.1", port: at, adminPort: 0, mode: "delta", stats: statsConfig(plane.ir!) }) as Bootstrap, readyMs: 120_000 });
  try {
    await until("the listener", 120_000, async () => (await envoy.listeners()).size > 0 || undefined);
    const ready = performance.now() - start, listening = performance.now();
    const ask = async (): Promise<boolean> => {
      const caller = await startClient("python", { port, service: "Stock" });
      try {
        return (await caller.call({ method: "whoami" })).value === "stock/Stock";
      } catch {
        return false;
      } finally {
        await caller.stop();
      }
    };
    await until("an answer", 120_000, ask);
    const first = performance.now() - listening;
    const again = performance.now();
    await until("an answer", 10_000, ask);
    const later = performance.now() - again;
    const bytes = Object.values(plane.xds.traffic).reduce((sum, each) => sum + each.bytes, 0);
    const clusters = (await envoy.stats("cluster_manager\\.active_clusters$")).get("cluster_manager.active_clusters") ?? 0;
    return { ready, bytes, clusters, rss: envoy.rss(), first, later };
  } finally {
    await envoy.stop();
    await plane.stop();
    await server.kill();
  }
}

const lines = ["| | pushed | clusters | Envoy's memory | listener after | first answer after that | next one |", "|---|---|---|---|---|---|---|"];
for (const onDemand of [false, true]) {
  const { ready, bytes, clusters, rss, first, later } = await measure(onDemand);
  lines.push(`| ${onDemand ? "on demand" : "all"} | ${Math.round(bytes / 1024)} KiB | ${clusters} | ${(rss / MIB).toFixed(0)} MiB | ${(ready / 1000).toFixed(1)} s | ${(first / 1000).toFixed(1)} s | ${(later / 1000).toFixed(1)} s |`);
}
const text = `# Services on demand\n\n${lines.join("\n")}\n\n${SERVICES} services of ${ENDPOINTS} endpoints behind one Gateway, one Envoy with one worker, Thrift clients, each started for one request to the same of them (a third of a second).\n`;
mkdirSync(join(ROOT, "bench/results"), { recursive: true });
writeFileSync(join(ROOT, "bench/results/on-demand.md"), text);
process.stdout.write(text);
process.exit(0);
