/** `node --import tsx tests/hostcalls/record.ts`: writes what the cases show on Envoy to expected.json, to be read before it is committed. */
import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { cases } from "./cases/index.ts";
import type { Transcript } from "./case.ts";
import { plain, write } from "./expected.ts";
import { buildCases } from "./guest.ts";
import { OnEnvoy } from "./onenvoy.ts";

async function record(): Promise<void> {
  const wasm = await buildCases(), envoy = await OnEnvoy.start(cases, wasm);
  try {
    const transcripts: Record<string, Transcript> = {};
    for (const one of cases) transcripts[one.name] = plain(await envoy.run(one));
    write(transcripts);
  } finally {
    await envoy.stop();
    rmSync(wasm);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await record();
