import { dirname, join, posix } from "node:path";
import ts from "typescript";

/** Folders of the checkout that are the package as-proxy-wasm. */
export const SDK_FOLDERS = ["env", "host", "jwt", "context", "bytes"].map((name) => `assembly/${name}`);
export const SDK_PACKAGE = "as-proxy-wasm";

/**
 * A source in which what it imports of the SDK by relative path comes from the package instead. `file` is its path in the
 * checkout. AssemblyScript's grammar is TypeScript's, so TypeScript's parser says what an import is.
 */
export function importFromPackage(file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  let out = text;
  // from the end, so that what is before keeps its place
  for (const statement of [...source.statements].reverse()) {
    const specifier = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) continue;
    const target = posix.join(dirname(file), specifier.text);
    if (!SDK_FOLDERS.some((folder) => target.startsWith(`${folder}/`))) continue;
    out = `${out.slice(0, specifier.getStart(source) + 1)}${join(SDK_PACKAGE, target)}${out.slice(specifier.end - 1)}`;
  }
  return out;
}
