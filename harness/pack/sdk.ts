import { MANAGED } from "../build/compile.ts";
import { globFiles } from "../tools/files.ts";
import { PackageFolder, read, readJson } from "./files.ts";
import { SDK_FOLDERS, SDK_PACKAGE } from "./specifiers.ts";

export const isSource = (file: string): boolean => file.endsWith(".ts") && !/\/(__tests__|testing|vectors)\/|\.test\.ts$/.test(file);

/** Where the README's links lead in the package. */
const PAGES: Record<string, string> = { "../docs/api/sdk.md": "docs/api.md", "../docs/api/quirks.md": "docs/quirks.md", "../docs/sdk-comparison.md": "docs/comparison.md" };

export const sdkVersion = (): string => readJson("harness/pack/sdk/package.json").version as string;

/** The package as-proxy-wasm: the SDK and its pages, nothing of the framework. */
export function makeSdk(): PackageFolder {
  const folder = new PackageFolder(SDK_PACKAGE);
  const inSdk = (file: string): boolean => SDK_FOLDERS.some((each) => file.startsWith(`${each}/`));
  for (const file of globFiles((each) => inSdk(each) && isSource(each))) folder.copy(file);
  folder.copy("assembly/callbacks.ts");
  folder.copy(MANAGED, "managed.mjs");
  folder.copy("assembly/sdk.ts", "assembly/index.ts");
  for (const file of ["package.json", "tsconfig.json"]) folder.copy(`harness/pack/sdk/${file}`, file);
  folder.writeJson("asconfig.json", asconfig());
  folder.copy("LICENSE");
  let readme = read("assembly/README.md");
  for (const [page, to] of Object.entries(PAGES)) {
    readme = readme.replaceAll(`](${page})`, `](${to})`);
    folder.copy(page.replace("../", ""), to);
  }
  folder.write("README.md", readme);
  return folder;
}

/** The compiler's options, for projects to extend: those of the checkout, with `abort` and the transform where they are in the package. */
function asconfig(): object {
  const { targets } = readJson("asconfig.json") as { targets: Record<string, { use: string[] }> };
  const use = [`abort=~lib/${SDK_PACKAGE}/assembly/env/abort/abort`];
  const transform = [`${SDK_PACKAGE}/managed.mjs`];
  return { targets: Object.fromEntries(["envoy", "check"].map((name) => [name, { ...targets[name], use, transform }])) };
}
