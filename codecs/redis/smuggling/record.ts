/** Finds out anew on real servers which watched commands of each case they execute: node --import tsx codecs/redis/smuggling/record.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRedis } from "../../../harness/peers/redis/index.ts";
import { made } from "./made.ts";
import { type RedisCase, runsOf } from "./run.ts";

const cases = made().sort((a, b) => (a.name < b.name ? -1 : 1)), runs = new Map<string, RedisCase["runs"]>(cases.map(({ name }) => [name, {}]));
for (const kind of ["redis", "valkey"] as const) {
  const server = await startRedis({ kind });
  for (const one of cases) runs.get(one.name)![kind] = await runsOf(server.port, one);
  await server.stop();
}
const lines = [...runs].map(([name, ran]) => `  ${JSON.stringify(name)}: ${JSON.stringify(ran)}`);
writeFileSync(join(import.meta.dirname, "runs.json"), `{\n${lines.join(",\n")}\n}\n`);
