import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { ROOT } from "../tools/paths.ts";

const TEMPLATES = fileURLToPath(new URL("init/templates", import.meta.url));

const KINDS = {
  codec: { line: "messages are lines of text", length: "a header of fixed size contains the length of a message", protobuf: "length-prefixed Protocol Buffers messages" },
  filter: {
    http: "on HTTP requests and responses (the SDK as-proxy-wasm; runs on any Envoy or Istio)",
    network: "on the bytes of TCP connections (the same SDK)",
    protocol: "on requests and replies of one of Meltemi's protocols, before they are routed",
  },
};
type What = keyof typeof KINDS;
const DEFAULT: Record<What, string> = { codec: "length", filter: "http" };

const kindsOf = (what: What): string => Object.entries(KINDS[what]).map(([kind, text]) => `  ${kind.padEnd(10)} ${text}${kind === DEFAULT[what] ? " (default)" : ""}`).join("\n");

const HELP = `
Writes a folder NAME with sources, tests, and a README with the commands. Kinds of codecs:
${kindsOf("codec")}
Kinds of filters:
${kindsOf("filter")}

  meltemi init codec mycodec --kind line
  meltemi init filter my-filter --kind network --dir filters
  cd filters/my-filter && npm install && npm test`;

/** Values that are filled into a template. */
interface Values { name: string; meltemi: string; sdk: string; assemblyscript: string }

interface Flags { kind?: string; dir: string }

/** Adds `meltemi init` to a program. */
export function addInit(program: Command): Command {
  const command = program.command("init <what> <name>").description("create a new project: a `codec` or a `filter`")
    .option("--kind <kind>", "the template, see below").option("--dir <folder>", "where to create the folder NAME", ".").addHelpText("after", HELP);
  return command.action((what: string, name: string, { kind, dir }: Flags) => {
    const folder = join(dir, name), misused = misuse(what, name, kind, folder);
    if (misused) command.error(`error: ${misused}`, { exitCode: 2 });
    for (const template of templatesOf(what as What, kind ?? DEFAULT[what as What])) makeProject(join(TEMPLATES, template), resolve(folder), { name, ...versions() });
    process.stdout.write(`${folder}/ created. Next:\n  cd ${folder}\n  npm install\n  npm test\n`);
  });
}

function misuse(what: string, name: string, kind: string | undefined, folder: string): string | null {
  if (!Object.hasOwn(KINDS, what)) return `${what}: allowed: ${Object.keys(KINDS).join(", ")}`;
  const kinds = KINDS[what as What];
  if (kind !== undefined && !Object.hasOwn(kinds, kind)) return `--kind ${kind}: allowed for a ${what}: ${Object.keys(kinds).join(", ")}`;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return `${name}: allowed: lower-case letters, digits and -, a letter first`;
  if (existsSync(folder)) return `${folder}: already exists`;
  return null;
}

/** The templates that are combined: the common one, that of all codecs, and that of the kind. */
const templatesOf = (what: What, kind: string): string[] => ["common", ...(what === "codec" ? ["codec"] : []), `${what}-${kind}`];

/** Copies a template; `{{word}}`s become values, and a name that npm would leave out of packages gets its dot back. */
function makeProject(template: string, folder: string, values: Values): void {
  for (const file of filesIn(template)) {
    const target = join(folder, relative(template, file).replace(/^_/, "."));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(file, "utf8").replace(/\{\{(\w+)\}\}/g, (_, word: keyof Values) => values[word]));
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Versions of this Meltemi, its SDK and its compiler. */
function versions(): Omit<Values, "name"> {
  const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string; dependencies: Record<string, string> };
  return { meltemi: version, sdk: dependencies["as-proxy-wasm"] ?? version, assemblyscript: dependencies.assemblyscript as string };
}
