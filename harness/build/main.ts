/** `npm run build`: all modules that ship, or those named. */
import { shown, Trouble } from "../tools/progress.ts";
import { buildAll, type Built } from "./all.ts";

function line({ name, bytes, fresh, ms }: Built): string {
  const size = `${bytes.toLocaleString("en-US")} bytes`;
  return `${`build/${name}.wasm`.padEnd(28)} ${size.padStart(16)}  ${fresh ? `${(ms / 1000).toFixed(1)} s` : "unchanged"}`;
}

try {
  const names = process.argv.slice(2);
  const built = await buildAll(names, (one) => process.stdout.write(`${line(one)}\n`));
  const unknown = names.filter((name) => !built.some((one) => one.name === name));
  if (unknown.length > 0 || built.length === 0) throw new Trouble(`nothing to build for ${unknown.join(", ") || "codecs/ and examples/"}`);
} catch (error) {
  process.stderr.write(`${shown(error)}\n`);
  process.exitCode = 1;
}
