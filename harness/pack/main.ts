/** `npm run package`: the npm packages as-proxy-wasm and meltemi, as folders and tarballs in build/npm. */
import { shown } from "../tools/progress.ts";
import { pack } from "./pack.ts";

pack().then((tarballs) => {
  for (const { file, files, bytes } of tarballs) process.stdout.write(`${file}  ${files} files, ${bytes.toLocaleString("en-US")} bytes\n`);
}, (error: unknown) => {
  process.stderr.write(`${shown(error)}\n`);
  process.exitCode = 1;
});
