/**
 * What the filter `metrics` costs a request: `node --import tsx bench/metrics.ts` prints a table and writes it to
 * bench/results/metrics.md. Redis commands through two listeners of one Envoy with one worker, alike but for the filter, in turns.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem, translate } from "../control-plane/index.ts";
import { loadModules } from "../harness/cli/modules.ts";
import { startEnvoy } from "../harness/envoy/envoy.ts";
import { redisBenchmark, startRedis } from "../harness/peers/redis/index.ts";
import { ROOT } from "../harness/tools/paths.ts";

const REQUESTS = Number(process.env.MELTEMI_BENCH_REQUESTS ?? 400_000), ROUNDS = 9;
const WARM = 50_000, PIPELINES = [1, 16];

const service = (name: string, port: number, filters: object[]): object[] => [
  { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name },
    spec: { hosts: [`${name}.example`], resolution: "STATIC", ports: [{ number: 0, name: "tcp-redis", protocol: "TCP" }], endpoints: [{ address: "127.0.0.1", ports: { "tcp-redis": port } }] } },
  ...filters.map((spec) => ({ apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name }, spec: { targetRef: { host: `${name}.example` }, ...spec } })),
];

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const redis = await startRedis();
const resources = [...service("with", redis.port, [{ metrics: { labels: { command: "command" } } }]), ...service("without", redis.port, [])];
const result = translate([{ file: "bench", text: resources.map((one) => JSON.stringify(one)).join("\n---\n") }], { wasm: "", modules: await loadModules() });
if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
const envoy = await startEnvoy({ bootstrap: result.bootstrap as Record<string, unknown>, concurrency: 1 });
const lines = ["| requests in flight on a connection | without, us CPU | with | more: least | median | most |", "|---|---|---|---|---|---|"];
try {
  const ports = new Map([...await envoy.listeners()].map(([name, { port }]) => [name.includes("without") ? "without" : "with", port]));
  for (const pipeline of PIPELINES) {
    const requests = pipeline === 1 ? REQUESTS / 4 : REQUESTS, more: number[] = [], costs: Record<string, number[]> = { with: [], without: [] };
    const cost = async (name: string, count: number): Promise<number> => {
      const before = envoy.cpu();
      await redisBenchmark({ port: ports.get(name)!, clients: 8, pipeline, requests: count, tests: ["get"] });
      return (envoy.cpu() - before) * 1e6 / count;
    };
    for (const name of ["with", "without"]) await cost(name, WARM);
    for (let round = 0; round < ROUNDS; round++) {
      // in turns, so that what drifts does so for both
      const order = round % 2 ? ["with", "without"] : ["without", "with"];
      for (const name of order) costs[name]!.push(await cost(name, requests));
      more.push(costs.with!.at(-1)! - costs.without!.at(-1)!);
    }
    const figures = [median(costs.without!), median(costs.with!), Math.min(...more), median(more), Math.max(...more)].map((value) => value.toFixed(2));
    lines.push(`| ${pipeline} | ${figures.join(" | ")} |`);
  }
} finally {
  await envoy.stop();
  await redis.stop();
}
const counted = `GET with a rule on nothing, 8 connections, one worker, ${ROUNDS} rounds in turns; the filter counts by service, route, cluster, command and status.`;
const text = `# What the filter \`metrics\` costs\n\n${lines.join("\n")}\n\nMicroseconds of Envoy's CPU a request. ${counted}\n`;
mkdirSync(join(ROOT, "bench/results"), { recursive: true });
writeFileSync(join(ROOT, "bench/results/metrics.md"), text);
process.stdout.write(text);
