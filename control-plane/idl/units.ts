import parser from "thriftrw/thrift-idl.js";
import { basename, posix } from "node:path";
import type { IdlOption } from "../api/idl.ts";
import type { Definition, Program } from "./ast.ts";
import { beside, isIdl, MAX_BYTES, MAX_FILES } from "./files.ts";

/** One .thrift file, read. */
export interface Unit {
  file: string;
  definitions: Map<string, Definition>;
  /** By the name that stands before a dot. */
  includes: Map<string, Unit>;
}

/** What is wrong with an IDL, in words for whoever wrote it. */
export class Mistake extends Error {}

/** Includes in one another at most. */
const MAX_INCLUDES = 32;
const parsed = new Map<string, Program>();

/** The files of an option with all that they include. `read`: the text of a file of the mesh, by path. Throws a Mistake. */
export class Units {
  private readonly units = new Map<string, Unit>();
  private bytes = 0;

  constructor(private readonly option: IdlOption, private readonly read: (file: string) => string | undefined) {}

  /** A file that the resource names. */
  root(name: string): Unit {
    const inline = this.inline("", name);
    if (inline) return this.unit(...inline, 0);
    const file = beside(this.option.at.file, name), text = isIdl(file) ? this.read(file) : undefined;
    if (text === undefined) throw new Mistake(isIdl(file) ? `the file ${file} cannot be read, and there is no text of this name` : `${name} is not a .thrift file`);
    return this.unit(file, text, 0);
  }

  private unit(file: string, text: string, depth: number): Unit {
    const known = this.units.get(file);
    if (known) return known;
    this.bytes += text.length;
    if (this.units.size === MAX_FILES || this.bytes > MAX_BYTES || depth > MAX_INCLUDES) {
      throw new Mistake(`${file}: too many includes; allowed: ${MAX_FILES} files, ${MAX_BYTES >> 20} MiB, ${MAX_INCLUDES} in one another`);
    }
    const { headers, definitions } = parse(file, text), unit: Unit = { file, definitions: new Map(), includes: new Map() };
    this.units.set(file, unit);
    for (const definition of definitions) {
      const { name, line } = definition.id;
      if (unit.definitions.has(name)) throw new Mistake(`${file}:${line}: ${name} is defined a second time`);
      unit.definitions.set(name, definition);
    }
    for (const header of headers) if (header.type === "Include") unit.includes.set(basename(header.id, ".thrift"), this.included(file, header.id, depth + 1));
    return unit;
  }

  private included(from: string, name: string, depth: number): Unit {
    const inline = this.inline(from, name);
    if (inline) return this.unit(...inline, depth);
    const file = beside(from, name), text = isIdl(file) && !this.option.texts.has(from) ? this.read(file) : undefined;
    if (text === undefined) throw new Mistake(`${from}: includes ${JSON.stringify(name)}, which does not exist`);
    return this.unit(file, text, depth);
  }

  /** A text that stands in the resource itself. */
  private inline(from: string, name: string): [string, string] | undefined {
    if (from !== "" && !this.option.texts.has(from)) return undefined;
    const file = posix.normalize(posix.join(posix.dirname(from), name)), text = this.option.texts.get(file);
    return text === undefined ? undefined : [file, text];
  }
}

/** The same text gives the same tree: of many changes few are of an IDL. */
function parse(file: string, text: string): Program {
  const known = parsed.get(text);
  if (known) return known;
  try {
    const program = parser.parse(text) as Program;
    if (parsed.size === MAX_FILES) parsed.clear();
    parsed.set(text, program);
    return program;
  } catch (error) {
    if (error instanceof RangeError) throw new Mistake(`${file}: is nested too deeply`);
    const { line, column, message } = error as { line?: number; column?: number; message: string };
    throw new Mistake(`${file}:${line ?? 1}:${column ?? 1}: is no Thrift IDL: ${shortened(message)}`);
  }
}

/** Of all that the parser would have liked the most likely part is what it found. */
function shortened(message: string): string {
  const found = / but (.{1,40}) found\.$/s.exec(message)?.[1];
  return found === undefined ? "cannot be read" : `found ${found}`;
}
