import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { ensureEnvoy } from "../../harness/tools/envoy.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { say } from "../../harness/tools/progress.ts";

export interface Report { title: string; command: string; json: object; text: string; svg: string }

const FOLDER = join(ROOT, "bench/results");
const load = loadavg()[0]!;

/** Writes bench/results/NAME.json, .md and .svg. */
export async function write(name: string, { title, command, json, text, svg }: Report): Promise<void> {
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, kernel: release(), load: Number(load.toFixed(1)) };
  const envoy = (await ensureEnvoy()).version, date = new Date().toISOString().slice(0, 10);
  const made = `Made by \`${command}\` on ${date}: Envoy ${envoy}, ${machine.cores} cores of ${machine.cpu}, Linux ${machine.kernel}; load before it ${machine.load}.`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify({ date, envoy, machine, ...json }, null, 1)}\n`);
  writeFileSync(join(FOLDER, `${name}.md`), `# ${title}\n\n${made}\nHow to read it: [performance](../../docs/performance.md).\n\n![chart](${name}.svg)\n\n${text}`);
  writeFileSync(join(FOLDER, `${name}.svg`), svg);
  say(`written: bench/results/${name}.json, .md, .svg`);
}
