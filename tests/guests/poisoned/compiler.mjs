/**
 * In the place of AssemblyScript's `asc`: the same module, but each use of an object that was given back to its pool ends the VM, with the name
 * of what was used. Fields of pooled classes become accessors that look first; bytes that are given back are overwritten.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/** By file: the class whose objects are pooled, and its fields that may be read afterwards: they tell whether it still is the same. */
const POOLED = {
  "assembly/bytes/writer.ts": { name: "Writer", free: [] },
  "assembly/codec/pendingRequest.ts": { name: "PendingRequest", free: [] },
  // says by its base class that it was given back
  "assembly/proxy/exchange/exchange.ts": { name: "Exchange", free: ["serial"], base: "PendingRequest" },
  "assembly/proxy/exchange/savedValues.ts": { name: "SavedValues", free: [] },
  "assembly/filters/extAuth/question.ts": { name: "Question", free: [] },
  "assembly/filters/globalRateLimit/call.ts": { name: "LimitCall", free: [] },
  "assembly/filters/tracing/span.ts": { name: "OpenSpan", free: [] },
};
const POOL = "assembly/bytes/pool.ts";
/** What the module exports beside its own: how many objects rest in a pool, and how many were taken from one and not given back. */
const REST = { [POOL]: "meltemi_rest" };
const COUNTED = { "assembly/bytes/buffers.ts": "meltemi_buffers_out", "assembly/proxy/exchange/exchange.ts": "meltemi_exchanges_out" };
/** Where buffers are given back, and large ones leave the pool. */
const BUFFERS = "assembly/bytes/buffers.ts", FREED = "    buffer.free();\n";
const ENTRY = process.argv[2];
const FIELD = /^ {2}(?:private )?(\w+): ([^=;(]+?)(?: = (.+))?;$/gm;
/** What stands in the memory of a writer that nobody has. */
const PATTERN = 0xdb;

/** The source with checks; throws if it is not written as expected. */
function poisoned(path, text, { name, free, base }) {
  const start = text.indexOf(`export class ${name} `), end = text.indexOf("\n}\n", start);
  if (start < 0 || end < 0) throw new Error(`${path} has no class ${name}`);
  let fields = 0;
  const body = text.slice(start, end).replace(FIELD, (line, field, type, value) => {
    if (free.includes(field)) return line;
    fields++;
    const check = `if (this.buried) throw new Error("${name}.${field}: used after it was given back to its pool");`;
    return `  private _${field}: ${type}${value === undefined ? "" : ` = ${value}`};
  get ${field}(): ${type} { ${check} return this._${field}; }
  set ${field}(value: ${type}) { ${check} this._${field} = value; }`;
  });
  if (fields === 0) throw new Error(`${path}: class ${name} has no fields that can be checked`);
  const writer = name === "Writer", wipe = writer ? `memory.fill(this._base, ${PATTERN}, this._capacity); ` : "";
  const freed = writer ? body.replace(/^( {2}free\(\): void \{\n(?: {4}.*\n)*)/m, "$1    this.buried = true;\n") : body;
  if (writer && freed === body) throw new Error(`${path} has no method free`);
  if (base) return text.slice(0, start) + freed + text.slice(end);
  return `${text.slice(0, start)}${freed}

  buried: bool = false;
  bury(): void { ${wipe}this.buried = true; }
  dig(): void { this.buried = false; }${text.slice(end)}`;
}

async function read(name, base) {
  const path = join(base, name);
  try {
    if (name === POOL) return await readFile(join(fileURLToPath(new URL(".", import.meta.url)), "pool.ts"), "utf8");
    const text = await readFile(path, "utf8");
    const checked = POOLED[name] ? poisoned(name, text, POOLED[name]) : text;
    if (name === BUFFERS && !checked.includes(FREED)) throw new Error(`${name} does not free large buffers as expected`);
    if (name === BUFFERS) return `${checked.replace(FREED, `${FREED}    spare.out--;\n`)}${counter(name)}`;
    if (COUNTED[name]) return checked + counter(name);
    return name === ENTRY ? `${checked}\n${Object.entries({ ...REST, ...COUNTED }).map(exported).join("")}` : checked;
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  }
}

/** A function that says how many objects of a file's pool are out. */
function counter(name) { return `\nexport function ${COUNTED[name]}(): i32 { return spare.out; }\n`; }

/** A function of another file, as an export of the entry's. */
function exported([file, name]) { return `export { ${name} } from "${relative(dirname(ENTRY), file).replace(/\.ts$/, "")}";\n`; }

const { error } = await asc.main(process.argv.slice(2), { readFile: read, stdout: process.stdout, stderr: process.stderr });
process.exitCode = error ? 1 : 0;
