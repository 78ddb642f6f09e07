import { join, relative } from "node:path";
import { shippedModules, type Shipped } from "../build/all.ts";
import { MANAGED } from "../build/compile.ts";
import { ENVOY_API } from "../build/envoy-api.ts";
import { traitsFile } from "../build/traits.ts";
import { globFiles } from "../tools/files.ts";
import { ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";
import { PackageFolder, read, readJson } from "./files.ts";
import { isSource, sdkVersion } from "./sdk.ts";
import { importFromPackage, SDK_FOLDERS, SDK_PACKAGE } from "./specifiers.ts";

/** What programs import. Types are beside the code. */
const EXPORTS = {
  "./emulator": "./harness/emulator/index.js",
  "./emulator/hcm": "./harness/emulator/http2.js",
  "./inspector": "./harness/emulator/inspector.js",
  "./envoy": "./harness/envoy/envoy.js",
  "./build": "./harness/build/compile.js",
  "./control-plane": "./control-plane/index.js",
  "./assembly": "./assembly/index.ts",
  "./assembly/*": "./assembly/*.ts",
  "./package.json": "./package.json",
};

const BIN = `#!/usr/bin/env node
import { main } from "./main.js";

await main(process.argv);
`;

/** Modules in the package, so that nothing must be built to use them: not those of examples. */
export const codecModules = (): Shipped[] => shippedModules().filter(({ entry }) => entry.startsWith(join(ROOT, "codecs/")));

/** The package meltemi: framework, codecs and their modules, and the harness as JavaScript. */
export async function makeMeltemi(): Promise<PackageFolder> {
  const folder = new PackageFolder("meltemi");
  const tsc = await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "harness/pack/tsconfig.json"], { cwd: ROOT });
  if (tsc.code !== 0) throw new Trouble(`the harness does not compile:\n${tsc.output}`);
  folder.write("harness/cli/meltemi.js", BIN);
  for (const file of globFiles(isAssemblyScript)) folder.write(file, importFromPackage(file, read(file)));
  for (const { wasm } of codecModules()) for (const file of [wasm, traitsFile(wasm)]) folder.copy(relative(ROOT, file));
  folder.copy(relative(ROOT, ENVOY_API));
  folder.copy(MANAGED);
  for (const file of globFiles((each) => /^(docs|codecs|control-plane)\/.*\.md$/.test(each))) folder.copy(file);
  for (const file of ["envoy-configs/ENVOY_VERSION", "harness/cli/init/templates", "LICENSE", "README.md"]) folder.copy(file);
  folder.writeJson("package.json", manifest());
  return folder;
}

function isAssemblyScript(file: string): boolean {
  return /^(assembly|codecs)\//.test(file) && isSource(file) && !/^assembly\/(sdk|callbacks)\.ts$/.test(file) && !SDK_FOLDERS.some((each) => file.startsWith(`${each}/`));
}

function manifest(): object {
  const { name, version, description, license, type, engines, dependencies } = readJson("package.json");
  // tsx runs the TypeScript of the checkout; here it is compiled
  const { tsx: _, ...needed } = dependencies as Record<string, string>;
  return {
    name, version, description, license, type, engines,
    bin: { meltemi: "harness/cli/meltemi.js" },
    exports: EXPORTS,
    dependencies: { [SDK_PACKAGE]: sdkVersion(), ...needed },
  };
}
