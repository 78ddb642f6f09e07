import { exportsOf, type Item, type Section } from "./extract.ts";

const MADE = "<!-- made by `npm run docs` from the docstrings: change them, not this page -->\n";

/** The pages of the API reference: their text by path. */
export function pages(): Record<string, string> {
  const sdk = exportsOf("assembly/sdk.ts");
  return {
    "docs/api/sdk.md": page("The SDK", "What `as-proxy-wasm/assembly` exports (in this checkout `assembly/sdk.ts`), by file. A module's entry re-exports `as-proxy-wasm/assembly/callbacks` as well.", sdk),
    "docs/api/codec.md": page("The framework's contract", "What `meltemi/assembly` exports (in this checkout `assembly/index.ts`) for authors of codecs and of filters on a protocol, by file. How to use it: [codec.md](../codec.md), [filter.md](../filter.md). An entry re-exports `meltemi/assembly/module` as well.", exportsOf("assembly/index.ts")),
    "docs/api/quirks.md": quirks(sdk),
  };
}

function page(title: string, about: string, sections: Section[]): string {
  const contents = sections.map(({ file, items }) => `| [${short(file)}](#${anchor(short(file))}) | ${items.map(({ name }) => `\`${name}\``).join(" ")} |`);
  return [MADE, `# ${title}\n`, `${about}\n`, "| file | names |\n|---|---|", `${contents.join("\n")}\n`, ...sections.map(sectionText)].join("\n");
}

const short = (file: string): string => file.replace(/^assembly\//, "");
const anchor = (title: string): string => title.toLowerCase().replace(/[^\w-]/g, "");

function sectionText({ file, doc, items }: Section): string {
  return [`## ${short(file)}\n`, ...(doc ? [`${doc}\n`] : []), ...items.map(itemText)].join("\n");
}

function itemText({ kind, signature, doc, members }: Item): string {
  const word = kind === "function" || kind === "value" || kind === "type" ? "" : `${kind} `;
  const lines = members.map((member) => `- \`${member.signature}\`${member.doc ? `: ${oneLine(member.doc)}` : ""}`);
  return [`### ${word}\`${signature.replace(/^function /, "")}\`\n`, ...(doc ? [`${doc}\n`] : []), ...(lines.length > 0 ? [`${lines.join("\n")}\n`] : [])].join("\n");
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ");

/** All that docstrings say of Envoy's ways, by the call that they are about. */
function quirks(sections: Section[]): string {
  const rows = sections.flatMap(({ file, items }) => items.flatMap(({ name, doc, members }) => [
    ...said(doc).map((text) => `| \`${name}\` | ${short(file)} | ${text} |`),
    ...members.flatMap((member) => said(member.doc).map((text) => `| \`${name}.${/^\w+/.exec(member.signature.replace(/^(get|protected) /, ""))?.[0] ?? ""}\` | ${short(file)} | ${text} |`)),
  ]));
  return [MADE, "# Envoy's quirks\n", "Where Envoy does other things than one expects, by the call that has it.\n", "| call | file | what happens |\n|---|---|---|", `${rows.join("\n")}\n`].join("\n");
}

function said(doc: string): string[] {
  const found = /Envoy quirks?: ([\s\S]*)$/.exec(doc)?.[1];
  return found ? [oneLine(found).replace(/^./, (first) => first.toUpperCase()).replaceAll("|", "\\|")] : [];
}
