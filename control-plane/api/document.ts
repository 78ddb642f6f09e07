import { Document, LineCounter, parseAllDocuments } from "yaml";
import { Field } from "./field.ts";
import { readJson } from "./json.ts";
import type { Problems } from "./problem.ts";
import type { Source } from "./source.ts";

/** What stands for the document of nodes that are none of YAML's reader: they have no anchors. */
const PLAIN = new Document(null);

/**
 * The documents of a file, with those inside a `kind: List` taken out of it; not `complete` if one is not YAML at all.
 * YAML 1.2: `yes`, `on` and `n` are texts. JSON is read as the YAML that it is.
 */
export function parseSource(source: Source, problems: Problems): { roots: Field[]; complete: boolean } {
  const json = readJson(source.text), lines = new LineCounter();
  if (json) {
    lines.addNewLine(0);
    for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
    return { roots: flatten(new Field({ file: source.file, document: 1, yaml: PLAIN, lines, problems }, json, "")), complete: true };
  }
  const roots: Field[] = [];
  let complete = true;
  for (const [index, yaml] of [...parseAllDocuments(source.text, { lineCounter: lines, prettyErrors: false })].entries()) {
    const place = { file: source.file, document: index + 1 };
    for (const error of yaml.errors) {
      complete = false;
      problems.error({ ...place, line: lines.linePos(error.pos[0]).line, path: "" }, `not YAML: ${reason(error.message)}`);
    }
    if (yaml.errors.length > 0 || yaml.contents === null) continue;
    const root = new Field({ ...place, yaml, lines, problems }, yaml.contents, "");
    if (!root.missing) roots.push(...flatten(root));
  }
  return { roots, complete };
}

function flatten(root: Field): Field[] {
  if (!root.isRecord) return [root];
  const fields = root.record();
  return fields.field("kind").found() === '"List"' ? fields.field("items").list() : [root];
}

/** Without the text at the mistake, which some messages end in: it may be a password. */
function reason(message: string): string { return message.split("\n", 1)[0]!.replace(/: .*$/, ""); }
