import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { Field } from "./field.ts";
import type { Problems } from "./problem.ts";
import type { Source } from "./source.ts";

interface Parsed { documents: Document.Parsed[]; lines: LineCounter }

/** What was parsed for the mesh before: of many resources few change at a time, and reading YAML is most of the work. */
let before = new Map<string, Parsed>();

/** Parses sources, one after the other, and keeps what it has parsed for the next mesh. */
export class Parser {
  private readonly parsed = new Map<string, Parsed>();

  parse(text: string): Parsed {
    let found = this.parsed.get(text) ?? before.get(text);
    if (found === undefined) {
      const lines = new LineCounter();
      found = { documents: [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })] as Document.Parsed[], lines };
    }
    this.parsed.set(text, found);
    return found;
  }

  /** All sources of the mesh are parsed. */
  end(): void { before = this.parsed; }
}

/**
 * The documents of a file, with those inside a `kind: List` taken out of it; not `complete` if one is not YAML at all.
 * YAML 1.2: `yes`, `on` and `n` are texts. JSON is read as the YAML that it is.
 */
export function parseSource(source: Source, parser: Parser, problems: Problems): { roots: Field[]; complete: boolean } {
  const { documents, lines } = parser.parse(source.text);
  const roots: Field[] = [];
  let complete = true;
  for (const [index, yaml] of documents.entries()) {
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
