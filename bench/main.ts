/** `npm run bench`: all proxies side by side; see docs/performance.md. */
import { parseArgs } from "node:util";
import { loadModules } from "../harness/cli/modules.ts";
import { say, shown, Trouble } from "../harness/tools/progress.ts";
import { measure, type Result } from "./measure.ts";
import { FULL_PACE, nameOf, plan, QUICK_PACE } from "./plan.ts";
import type { Contestant } from "./proxies/contestant.ts";
import { meltemi } from "./proxies/meltemi.ts";
import { NATIVE } from "./proxies/native.ts";
import { pointTable, selfCheck } from "./report/text.ts";
import type { Protocol } from "./load/load.ts";
import { startWorld } from "./world.ts";

const USAGE = `usage: npm run bench -- [--quick] [--only TEXT]... [--proxy TEXT]... [--wasm FILE]... [--against FILE]... [--rounds N] [--seconds S]
  --quick         a few points, in under two minutes
  --only TEXT     points whose name has it, such as "dubbo" or "dubbo rules=head connections=8 inflight=16"; "," between texts that must all be there
  --proxy TEXT    proxies whose name has it; tcp_proxy always runs
  --wasm FILE     a module in the place of those in build/
  --against FILE  the same again with this module, beside the others`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    quick: { type: "boolean", default: false }, only: { type: "string", multiple: true, default: [] }, proxy: { type: "string", multiple: true, default: [] },
    wasm: { type: "string", multiple: true, default: [] }, against: { type: "string", multiple: true, default: [] }, rounds: { type: "string" }, seconds: { type: "string" }, help: { type: "boolean" },
  } });
  if (values.help) throw new Trouble(USAGE);
  const points = plan(values.quick).filter((point) => values.only.length === 0 || values.only.some((texts) => texts.split(",").every((text) => nameOf(point).includes(text.trim()))));
  if (points.length === 0) throw new Trouble(`--only: no point has it in its name; they are\n${plan(false).map(nameOf).join("\n")}`);
  const pace = { ...(values.quick ? QUICK_PACE : FULL_PACE), ...(values.rounds ? { rounds: Number(values.rounds) } : {}), ...(values.seconds ? { seconds: Number(values.seconds) } : {}) };
  const contestants = await contestantsOf(values.wasm, values.against);
  const world = await startWorld(), results: Result[] = [];
  try {
    for (const point of points) {
      const all = contestants[point.protocol].filter(({ name, role }) => role === "floor" || values.proxy.length === 0 || values.proxy.some((text) => name.includes(text)));
      await world.keep(all);
      results.push(await measure(world, point, pace, all));
      process.stdout.write(`${pointTable(results.at(-1)!)}\n`);
    }
  } finally {
    await world.stop();
  }
  process.stdout.write(`${selfCheck(results)}\n`);
}

async function contestantsOf(wasm: string[], against: string[]): Promise<Record<Protocol, Contestant[]>> {
  const modules = await loadModules(wasm), other = against.length > 0 ? await loadModules(against) : undefined;
  const of = (protocol: Protocol): Contestant[] => [
    ...NATIVE[protocol],
    ...(["lanes", "inline"] as const).flatMap((upstream) => [meltemi(protocol, upstream, modules), ...(other ? [meltemi(protocol, upstream, other, "against")] : [])]),
  ];
  return { dubbo: of("dubbo"), thrift: of("thrift"), redis: of("redis") };
}

await main().catch((error: unknown) => {
  say(shown(error));
  process.exitCode = 1;
});
