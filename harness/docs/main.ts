/** `npm run docs`: writes the API reference. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../tools/paths.ts";
import { pages } from "./pages.ts";

for (const [path, text] of Object.entries(pages())) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  process.stdout.write(`${path}\n`);
}
