import { readFileSync } from "node:fs";
import { Problems } from "../../../control-plane/api/problem.ts";
import { compileIdl } from "../../../control-plane/idl/compile.ts";
import { Trouble } from "../../tools/progress.ts";

/** What the codec of Thrift takes as option `idl`, from .thrift files; throws what is wrong with them. */
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
