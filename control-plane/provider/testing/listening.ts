import { until } from "../../../harness/tools/wait.ts";
import type { Source } from "../../api/sourceFile.ts";
import type { Provider } from "../provider.ts";

/** What a provider told last. */
export interface Listening {
  /** `address:port` of each endpoint of a host, in order; undefined: the host is not known. */
  endpoints(host: string): string[] | undefined;
  source(host: string): Source | undefined;
  /** Waits until a host has these endpoints; milliseconds that it took. */
  has(host: string, endpoints: string[], ms?: number): Promise<number>;
  readonly failures: string[];
  /** How often something was told. */
  readonly changes: () => number;
}

interface Entry { spec: { endpoints: { address: string; ports: Record<string, number> }[] } }

/** Starts a provider of ServiceEntries and keeps what it tells. */
export async function listen(provider: Provider): Promise<Listening> {
  let sources: readonly Source[] = [], changes = 0;
  const failures: string[] = [];
  await provider.start({
    changed: (told) => {
      sources = told;
      changes++;
    },
    failed: (reason) => failures.push(reason),
  });
  const source = (host: string) => sources.find(({ text }) => text.includes(`"dubbo-${host}"`));
  const endpoints = (host: string) => {
    const found = source(host);
    if (found === undefined) return undefined;
    return (JSON.parse(found.text.split("---\n")[0]!) as Entry).spec.endpoints.map(({ address, ports }) => `${address}:${Object.values(ports)[0]}`);
  };
  return {
    endpoints, source, failures, changes: () => changes,
    has: async (host, wanted, ms = 10_000) => {
      const begun = Date.now();
      await until(`${host} has ${wanted.join(" ")}, not ${JSON.stringify(endpoints(host))} (${failures.slice(-3).join("; ")})`, ms, () => JSON.stringify(endpoints(host)) === JSON.stringify([...wanted].sort()));
      return Date.now() - begun;
    },
  };
}
