import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { ROOT } from "../tools/paths.ts";

/** Something that a module exports, as its source declares it. */
export interface Item {
  name: string;
  kind: "function" | "class" | "enum" | "namespace" | "value" | "type";
  /** On one line, without body. */
  signature: string;
  doc: string;
  /** Of classes, enums and namespaces: what authors may use of it. */
  members: { signature: string; doc: string }[];
}

/** What an entry file re-exports of one file. */
export interface Section { file: string; doc: string; items: Item[] }

/** All that an entry file re-exports by name, by file, in the entry's order. AssemblyScript's grammar is TypeScript's. */
export function exportsOf(entry: string): Section[] {
  const sections = new Map<string, string[]>();
  for (const statement of parse(entry).statements) {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const file = `${posix.join(posix.dirname(entry), from)}.ts`;
    sections.set(file, [...(sections.get(file) ?? []), ...statement.exportClause.elements.map(({ name }) => name.text)]);
  }
  return [...sections].map(([file, names]) => section(file, names));
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);
}

function section(file: string, names: string[]): Section {
  const source = parse(file);
  const items = source.statements.flatMap(itemsOf).filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !items.some((item) => item.name === name));
  if (missing.length > 0) throw new Error(`${file} does not declare ${missing.join(", ")}`);
  return { file, doc: fileDoc(source), items };
}

/** A docstring before the imports, or one that is followed by an empty line, is the file's. */
function fileDoc(source: ts.SourceFile): string {
  const first = source.statements[0], comment = first && docs(source, first)[0];
  if (!comment || !first) return "";
  const alone = ts.isImportDeclaration(first) || docs(source, first).length > 1;
  return alone ? cleaned(source.text.slice(comment.pos, comment.end)) : "";
}

function docs(source: ts.SourceFile, node: ts.Node): ts.CommentRange[] {
  return (ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []).filter(({ pos }) => source.text.startsWith("/**", pos));
}

/** A docstring's text, its lines kept, so that drawings stay drawings. */
function cleaned(comment: string): string {
  return comment.replace(/^\/\*\*\s?|\s*\*\/$/g, "").split("\n").map((line) => line.replace(/^\s*\* ?/, "")).join("\n").trim();
}

function docOf(node: ts.Node): string {
  const source = node.getSourceFile(), comment = docs(source, node).at(-1);
  return comment ? cleaned(source.text.slice(comment.pos, comment.end)) : "";
}

/** Source of a declaration up to its body, on one line, without decorators and words that say nothing to its user. */
function head(node: ts.Node, body?: ts.Node): string {
  const text = node.getSourceFile().text.slice(node.getStart(), body ? body.getStart() : node.end);
  return text.replace(/@\w+(\([^)]*\))?\s+/g, "").replace(/\s+/g, " ").replace(/^(export |declare |public |readonly |abstract )+/, "")
    .replace(/\( /g, "(").replace(/,? \)/g, ")").replace(/[;{]?\s*$/, "");
}

function itemsOf(statement: ts.Statement): Item[] {
  const doc = docOf(statement);
  if (ts.isFunctionDeclaration(statement)) return [{ name: statement.name!.text, kind: "function", signature: head(statement, statement.body), doc, members: [] }];
  if (ts.isClassDeclaration(statement)) {
    const opening = statement.getSourceFile().text.indexOf("{", statement.name!.end);
    const signature = statement.getSourceFile().text.slice(statement.name!.getStart(), opening).trim();
    return [{ name: statement.name!.text, kind: "class", signature, doc, members: statement.members.flatMap(memberOf) }];
  }
  if (ts.isEnumDeclaration(statement)) {
    return [{ name: statement.name.text, kind: "enum", signature: statement.name.text, doc, members: statement.members.map((member) => ({ signature: head(member), doc: docOf(member) })) }];
  }
  if (ts.isModuleDeclaration(statement)) {
    const inside = statement.body && ts.isModuleBlock(statement.body) ? statement.body.statements.flatMap(itemsOf) : [];
    return [{ name: statement.name.text, kind: "namespace", signature: statement.name.text, doc, members: inside.map(({ name, doc: text }) => ({ signature: name, doc: text })) }];
  }
  if (ts.isTypeAliasDeclaration(statement)) return [{ name: statement.name.text, kind: "type", signature: head(statement), doc, members: [] }];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.map((each) => ({ name: each.name.getText(), kind: "value", signature: `const ${each.getText()}`, doc, members: [] }));
}

function memberOf(member: ts.ClassElement): { signature: string; doc: string }[] {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) return [];
  const doc = docOf(member);
  if (ts.isPropertyDeclaration(member)) return [{ signature: `${member.name.getText()}: ${member.type?.getText() ?? "?"}`, doc }];
  if (ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member) || ts.isGetAccessor(member)) return [{ signature: head(member, member.body), doc }];
  return [];
}
