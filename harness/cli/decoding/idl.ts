import { readFileSync } from "node:fs";
import { Problems } from "../../../control-plane/api/problem.ts";
import { compileIdl } from "../../../control-plane/idl/compile.ts";
import { Trouble } from "../../tools/progress.ts";

/** The Thrift codec's option `idl`, compiled from .thrift files; throws an error with all their problems. */
export function idlOf(files: readonly string[]): object {
  const at = { file: "./--idl", document: 1, path: "" }, problems = new Problems();
  const named = files.map((value) => ({ value, at: { ...at, file: value } }));
  const tables = compileIdl({ at, files: named, texts: new Map(), unknownFields: "refuse" }, textOf, problems);
  if (!tables) throw new Trouble(problems.errors.map((problem) => `--idl: ${problem.message}`).join("\n"));
  return tables;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
