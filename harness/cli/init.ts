import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Option, type Command } from "commander";
import { ROOT } from "../tools/paths.ts";

const TEMPLATES = fileURLToPath(new URL("init/templates", import.meta.url));

const HELP = `
A folder NAME with one source file, one test, and commands in its README. Kinds of filters:
  http       on HTTP requests and responses (the SDK as-proxy-wasm; runs on any Envoy or Istio)
  network    on the bytes of TCP connections (the same SDK)
  protocol   on requests and replies of one of Meltemi's protocols, before they are routed

  meltemi init codec mycodec
  meltemi init filter my-filter --kind network
  cd my-filter && npm install && npm test`;

/** What a project takes from the place it is made by. */
interface Values { name: string; meltemi: string; sdk: string; assemblyscript: string }

/** Adds `meltemi init` to a program. */
export function addInit(program: Command): Command {
  const kind = new Option("--kind <kind>", "of a filter").choices(["http", "network", "protocol"]);
  const command = program.command("init <what> <name>").description("make a project of your own: `codec` or `filter`").addOption(kind).addHelpText("after", HELP);
  return command.action((what: string, name: string, flags: { kind?: string }) => {
    const misused = misuse(what, name, flags.kind);
    if (misused) command.error(`error: ${misused}`, { exitCode: 2 });
    const template = what === "codec" ? "codec" : `filter-${flags.kind ?? "http"}`;
    for (const each of ["common", template]) makeProject(join(TEMPLATES, each), resolve(name), { name, ...versions() });
    process.stdout.write(`${name}/ is made. Next:\n  cd ${name}\n  npm install\n  npm test\n`);
  });
}

function misuse(what: string, name: string, kind?: string): string | null {
  if (what !== "codec" && what !== "filter") return `${what}: allowed: codec, filter`;
  if (what === "codec" && kind) return "--kind is for filters";
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return `${name}: allowed: lower-case letters, digits and -, a letter first`;
  if (existsSync(name)) return `${name}: it is there already`;
  return null;
}

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

/** Of this Meltemi, and of what it was made with. */
function versions(): Omit<Values, "name"> {
  const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string; dependencies: Record<string, string> };
  return { meltemi: version, sdk: dependencies["as-proxy-wasm"] ?? version, assemblyscript: dependencies.assemblyscript as string };
}
