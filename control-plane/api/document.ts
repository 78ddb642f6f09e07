import { Document, LineCounter, parseAllDocuments } from "yaml";
import { Excess, MOST, Survey } from "./budget.ts";
import { Field } from "./field.ts";
import { readJson } from "./json.ts";
import type { Problems } from "./problem.ts";
import type { Source } from "./sourceFile.ts";

/** What stands for the document of nodes that are none of YAML's reader: they have no anchors. */
const PLAIN = new Document(null);
const NO_ALIASES = new Map<never, never>();

/**
 * The documents of a file, with those inside a `kind: List` taken out of it; not `complete` if one is not YAML at all, or too much.
 * YAML 1.2: `yes`, `on` and `n` are texts. JSON is read as the YAML that it is.
 */
export function parseSource(source: Source, problems: Problems): { roots: Field[]; complete: boolean } {
  const lines = new LineCounter();
  try {
    return fromJson(source, lines, problems) ?? fromYaml(source, lines, problems);
  } catch (error) {
    // what the library throws is not meant for people, and may quote what is written
    const { message, offset } = error instanceof Excess ? error : new Excess(`cannot be read (${(error as Error).name})`);
    problems.error({ file: source.file, document: 1, line: lines.linePos(offset).line || 1, path: "" }, message);
    return { roots: [], complete: false };
  }
}

function fromJson({ file, text }: Source, lines: LineCounter, problems: Problems): ReturnType<typeof parseSource> | undefined {
  if (text.length > MOST.jsonBytes) throw new Excess(`longer than ${MOST.jsonBytes >> 20} MiB`);
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  const json = readJson(text);
  return json && { roots: flatten(new Field({ file, document: 1, yaml: PLAIN, targets: NO_ALIASES, lines, problems }, json, "")), complete: true };
}

function fromYaml({ file, text }: Source, lines: LineCounter, problems: Problems): ReturnType<typeof parseSource> {
  if (text.length > MOST.yamlBytes) throw new Excess(`longer than ${MOST.yamlBytes >> 20} MiB: write it in several files, or in JSON`);
  const roots: Field[] = [], survey = new Survey();
  let mistakes = 0;
  const wrong = (document: number, offset: number, message: string): void => {
    if (mistakes++ < MOST.mistakes) problems.error({ file, document, line: lines.linePos(offset).line, path: "" }, `not YAML: ${reason(message)}`);
  };
  for (const [index, yaml] of [...parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false })].entries()) {
    const place = { file, document: index + 1 }, before = mistakes;
    for (const error of yaml.errors) wrong(place.document, error.pos[0], error.message);
    if (mistakes > before || yaml.contents === null) continue;
    survey.add(yaml as Document);
    for (const offset of survey.twice.splice(0)) wrong(place.document, offset, "Map keys must be unique");
    if (mistakes > before) continue;
    const root = new Field({ ...place, yaml: yaml as Document, targets: survey.targets, lines, problems }, yaml.contents, "");
    if (!root.missing) roots.push(...flatten(root));
  }
  return { roots, complete: mistakes === 0 };
}

function flatten(root: Field): Field[] {
  if (!root.isRecord) return [root];
  const fields = root.record();
  return fields.field("kind").found() === '"List"' ? fields.field("items").list() : [root];
}

/** Without the text at the mistake, of which some messages have a part at their end: it may be a password's. */
function reason(message: string): string { return message.split("\n", 1)[0]!.replace(/: .*$| sequence .*$| (?:character|indicator) [^\w].*$/, (end) => / (?:sequence|character|indicator)\b/.exec(end)?.[0] ?? ""); }
