import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type EnvoyHandle, startEnvoy } from "../harness/envoy/envoy.ts";
import { waitForPort } from "../harness/tools/net.ts";
import { startBackend, type Backend } from "./load/load.ts";
import type { Contestant, Rules } from "./proxies/contestant.ts";

export interface World {
  backend: Backend;
  /** Ports whose listeners have had load before. */
  warmed: Set<number>;
  /** Process and port of a contestant's proxy, started at its first use. */
  proxy(contestant: Contestant, rules: Rules): Promise<{ pid: number; port: number; envoy: EnvoyHandle }>;
  /** Ends proxies that are not of these. */
  keep(contestants: readonly Contestant[]): Promise<void>;
  stop(): Promise<void>;
}

/** The server behind, a collector of traces and logs that takes all, and an Envoy for each contestant. */
export async function startWorld(workers = 1): Promise<World> {
  const backend = await startBackend();
  const collector = createServer((request, response) => request.resume().on("end", () => response.end()));
  await once(collector.listen(0, "127.0.0.1"), "listening");
  const running = new Map<Contestant, { envoy: EnvoyHandle; ports: [string, number][] }>();
  const proxy: World["proxy"] = async (contestant, rules) => {
    let found = running.get(contestant);
    if (!found) {
      const bootstrap = await contestant.bootstrap(backend.ports[contestant.protocol], (collector.address() as AddressInfo).port);
      const envoy = await startEnvoy({ bootstrap, concurrency: workers, logLevel: "error" });
      found = { envoy, ports: [...await envoy.listeners()].map(([name, { port }]) => [name, port]) };
      // a port is told before the workers listen on it
      for (const [, port] of found.ports) await waitForPort(port);
      running.set(contestant, found);
    }
    const port = found.ports.find(([name]) => contestant.listens(name, rules))?.[1];
    if (port === undefined) throw new Error(`${contestant.name}: no listener for ${rules}`);
    return { pid: found.envoy.pid, port, envoy: found.envoy };
  };
  const keep: World["keep"] = async (contestants) => {
    for (const [contestant, { envoy }] of [...running]) {
      if (contestants.includes(contestant)) continue;
      running.delete(contestant);
      await envoy.stop();
    }
  };
  const stop = async (): Promise<void> => {
    await keep([]);
    collector.close();
    collector.closeAllConnections();
    await backend.stop();
  };
  return { backend, warmed: new Set(), proxy, keep, stop };
}
