import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../harness/tools/func-e.ts";
import { locked } from "../../harness/tools/lock.ts";
import { cacheDir } from "../../harness/tools/paths.ts";
import { run } from "../../harness/tools/process.ts";
import { lastLine, Trouble } from "../../harness/tools/progress.ts";

const HERE = import.meta.dirname;

/** Path of the load generator, compiled into the cache unless it is there. */
export function ensureLoad(): Promise<string> {
  const sources = readdirSync(HERE).filter((name) => /\.[ch]$/.test(name)).sort().map((name) => join(HERE, name));
  const hash = createHash("sha256");
  for (const file of sources) hash.update(readFileSync(file));
  const folder = cacheDir("tools", "load"), program = join(folder, hash.digest("hex").slice(0, 12));
  return locked(join(folder, "lock"), async () => {
    if (existsSync(program)) return program;
    if (!onPath("cc")) throw new Trouble("load generator: cc is missing: install a C compiler (Debian: gcc libc6-dev)");
    const done = await run("cc", ["-O2", "-std=gnu11", "-o", `${program}.new`, ...sources.filter((file) => file.endsWith(".c"))]);
    if (done.code !== 0) throw new Trouble(`load generator: cc failed: ${lastLine(done.output)}`);
    renameSync(`${program}.new`, program);
    return program;
  });
}
