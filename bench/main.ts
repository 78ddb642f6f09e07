/** `npm run bench`: all proxies side by side; see docs/performance.md. */
import { say, shown, Trouble } from "../harness/tools/progress.ts";
import { check } from "./check.ts";
import { growth } from "./growth.ts";
import { measure, type Result } from "./measure.ts";
import { options, type Options } from "./options.ts";
import { FULL_PACE, nameOf, plan, QUICK_PACE } from "./plan.ts";
import { contestants } from "./proxies/index.ts";
import { bars } from "./report/bars.ts";
import { write } from "./report/files.ts";
import { pointTable, selfCheck } from "./report/text.ts";
import { targets } from "./report/targets.ts";
import { startWorld } from "./world.ts";

async function compare({ quick, wanted, whole, rounds, seconds, ...chosen }: Options): Promise<void> {
  const points = plan(quick).filter((point) => wanted(nameOf(point)));
  if (points.length === 0) throw new Trouble(`--only: no point has it in its name; they are\n${plan(false).map(nameOf).join("\n")}`);
  const usual = quick ? QUICK_PACE : FULL_PACE, pace = { ...usual, rounds: rounds ?? usual.rounds, seconds: seconds ?? usual.seconds };
  const all = await contestants({ ...chosen, only: chosen.proxy }), world = await startWorld(), results: Result[] = [];
  try {
    for (const point of points) {
      await world.keep(all[point.protocol]);
      results.push(await measure(world, point, pace, all[point.protocol]));
      process.stdout.write(`${pointTable(results.at(-1)!)}\n`);
    }
  } finally {
    await world.stop();
  }
  const summary = [targets(results), selfCheck(results), ""].join("\n");
  process.stdout.write(summary);
  const text = [`${pace.rounds} rounds of ${pace.seconds} s each.`, "", summary, "## All figures", "", ...results.map(pointTable)].join("\n");
  await write(whole ? "bench" : "part", { title: "All proxies side by side", command: "npm run bench", json: { pace, results }, text, svg: bars(results) });
}

try {
  const chosen = options();
  await (chosen.check ? check() : chosen.growth ? growth(chosen) : compare(chosen));
} catch (error) {
  say(shown(error));
  process.exitCode = 1;
}
