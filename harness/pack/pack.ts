import { join } from "node:path";
import { buildAll } from "../build/all.ts";
import { envoyApi } from "../build/envoy-api.ts";
import { locked } from "../tools/lock.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";
import type { PackageFolder } from "./files.ts";
import { codecModules, makeMeltemi } from "./meltemi.ts";
import { makeSdk } from "./sdk.ts";

export interface Tarball {
  name: string;
  /** Absolute. */
  file: string;
  /** How many files are in it. */
  files: number;
  bytes: number;
}

/** Makes both packages and their tarballs, the SDK first. Nothing is published. */
export async function pack(): Promise<Tarball[]> {
  await buildAll(codecModules().map(({ name }) => name));
  await envoyApi();
  return locked(join(cacheDir(), "pack.lock"), async () => [await tarball(makeSdk()), await tarball(await makeMeltemi())]);
}

async function tarball({ name, path }: PackageFolder): Promise<Tarball> {
  const done = await run("npm", ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", ".."], { cwd: path });
  if (done.code !== 0) throw new Trouble(`npm pack ${name} failed:\n${done.output}`);
  const [{ filename, files, size }] = JSON.parse(done.stdout) as [{ filename: string; files: unknown[]; size: number }];
  return { name, file: join(ROOT, "build/npm", filename), files: files.length, bytes: size };
}
