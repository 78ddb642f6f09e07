/** What a start takes: from `meltemi run` to its line "ready", and the modules' size. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../harness/tools/paths.ts";
import { spawn } from "../harness/tools/process.ts";
import { PROTOCOLS, type Protocol } from "./load/load.ts";
import { spread, type Spread } from "./measure.ts";

export interface Start { protocol: Protocol; seconds: Spread; wasmBytes: number }

const CONFIGURATION = { dubbo: "examples/dubbo/canary.yaml", thrift: "examples/thrift/canary.yaml", redis: "examples/redis/prefix.yaml" };
const TIMES = 9, READY_MS = 60_000;

export async function starts(wanted: (name: string) => boolean): Promise<Start[]> {
  const found: Start[] = [];
  for (const protocol of PROTOCOLS.filter((one) => wanted(`${one} start`))) {
    const seconds: number[] = [];
    for (let i = 0; i < TIMES; i++) seconds.push(await once(CONFIGURATION[protocol]));
    found.push({ protocol, seconds: spread(seconds), wasmBytes: statSync(join(ROOT, "build", `${protocol}.wasm`)).size });
  }
  return found;
}

async function once(file: string): Promise<number> {
  const start = performance.now();
  const child = await spawn(process.execPath, [join(ROOT, "harness/cli/meltemi.mjs"), "run", "-f", join(ROOT, file)], { name: "meltemi run" });
  try {
    await child.waitFor(/^ready: /m, READY_MS);
    return (performance.now() - start) / 1000;
  } finally {
    await child.stop();
  }
}
