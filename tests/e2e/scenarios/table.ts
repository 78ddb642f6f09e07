/** docs/scenarios.md: which scenario each protocol plays. `node --import tsx tests/e2e/scenarios/table.ts` writes it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { awesomerpc } from "../protocols/awesomerpc.ts";
import { dubbo } from "../protocols/dubbo.ts";
import { redis } from "../protocols/redis.ts";
import { thrift } from "../protocols/thrift.ts";
import { SCENARIOS } from "./list.ts";
import { MODES, type Mode, type Protocol } from "./protocol.ts";
import type { Tests } from "./world.ts";

const PROTOCOLS: Protocol[] = [dubbo, thrift, redis, awesomerpc];
export const FILE = join(import.meta.dirname, "../../../docs/scenarios.md");

interface Row { scenario: string; mode: Mode; id: string; what: string; never?: string }

function rows(): Row[] {
  const all: Row[] = [];
  for (const scenario of SCENARIOS) {
    for (const mode of MODES) {
      const tests: Tests = { test: (id, at, what, _, never) => void all.push({ scenario: scenario.name, mode: at, id, what, never }) };
      scenario.tests(Object.assign(Object.create(null) as object, tests) as Parameters<typeof scenario.tests>[0], mode);
    }
  }
  return all;
}

/** Why a protocol cannot play a test. */
const reason = ({ cannot = {} }: Protocol, { id, mode, never }: Row): string | undefined => never ?? cannot[`${id}.${mode}`] ?? cannot[id];

export function table(): string {
  const notes: string[] = [], all = rows();
  for (const { name, cannot = {} } of PROTOCOLS) {
    for (const id of Object.keys(cannot)) if (!all.some((row) => row.id === id || `${row.id}.${row.mode}` === id)) throw new Error(`${name} cannot ${id}: there is no such test`);
  }
  const cell = (why: string | undefined): string => {
    if (why === undefined) return "yes";
    if (!notes.includes(why)) notes.push(why);
    return `no ${notes.indexOf(why) + 1})`;
  };
  const lines = all.map((row) => `| ${row.scenario} | ${row.mode} | ${row.what} | ${PROTOCOLS.map((protocol) => cell(reason(protocol, row))).join(" | ")} |`);
  return [
    "# Scenarios", "",
    "What every protocol is put through on the real Envoy with its real servers and clients (`tests/e2e/scenarios`), in both positions of the",
    "filter: [lanes and inline](overview.md). A protocol adds one file to `tests/e2e/protocols`. This table is made from the tests",
    "(`node --import tsx tests/e2e/scenarios/table.ts`), and a test compares the two.", "",
    `| scenario | filter | what is seen | ${PROTOCOLS.map(({ name }) => name).join(" | ")} |`, `|---|---|---|${PROTOCOLS.map(() => "---|").join("")}`, ...lines, "",
    ...notes.map((note, i) => `${i + 1}) ${note}`).flatMap((line) => [line, ""]),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(FILE, table());
