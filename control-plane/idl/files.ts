import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseSource } from "../api/document.ts";
import { Problems } from "../api/problem.ts";
import type { Source } from "../api/sourceFile.ts";

/** Of all files of an ApplicationProtocol together. */
export const MAX_FILES = 256, MAX_BYTES = 2 << 20;

export const isIdl = (file: string): boolean => file.endsWith(".thrift");

/** Where the name of a file leads that another file names. */
export const beside = (file: string, name: string): string => join(name.startsWith("/") ? "/" : dirname(file), name);

/** The files that a text includes; a comment that looks so includes one more. */
export const includesOf = (text: string): string[] => [...text.matchAll(/^\s*include\s+["']([^"'\n]+)["']/gm)].map(([, name]) => name!);

/**
 * The .thrift files that ApplicationProtocols among these sources name, with all that those include, as sources. One that cannot be
 * read is left out: who translates says where it was named. Rejects if they are too many or too large.
 */
export async function loadIdl(sources: readonly Source[]): Promise<Source[]> {
  const found = new Map<string, Source>(), tried = new Set<string>();
  const waiting = sources.flatMap(namedIn);
  let bytes = 0;
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (tried.has(file) || !isIdl(file)) continue;
    tried.add(file);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    found.set(file, { file, text });
    bytes += text.length;
    if (found.size > MAX_FILES || bytes > MAX_BYTES) throw new Error(`${file}: the .thrift files of ${sources[0]!.file} and others are too many; allowed: ${MAX_FILES} files, ${MAX_BYTES >> 20} MiB`);
    waiting.push(...includesOf(text).map((name) => beside(file!, name)));
  }
  return [...found.values()];
}

/** What is wrong with a source is told by who reads it as resources. */
function namedIn(source: Source): string[] {
  if (!source.text.includes(".thrift") || !source.text.includes("ApplicationProtocol")) return [];
  const { roots } = parseSource(source, new Problems());
  return roots.flatMap((root) => {
    if (!root.isRecord || root.record().field("kind").found() !== '"ApplicationProtocol"') return [];
    const idl = ["spec", "options", "idl", "files"].reduce((at, name) => (at.isRecord ? at.record().field(name) : at), root);
    return idl.isList ? idl.strings().map(({ value }) => beside(source.file, value)) : [];
  });
}
