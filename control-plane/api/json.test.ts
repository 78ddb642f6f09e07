import assert from "node:assert/strict";
import { test } from "node:test";
import { type Node, parseDocument, visit } from "yaml";
import { readJson } from "./json.ts";
import { Problems } from "./problem.ts";
import { readResources } from "./resources.ts";

/** Kind, place and value of every node. */
function nodes(root: unknown): unknown[] {
  const all: unknown[] = [];
  visit(root as Node, {
    Pair: (_, { key }) => { all.push(["key", (key as { value: unknown; range: number[] }).value, (key as { range: number[] }).range[0]]); },
    Scalar: (_, { value, range }) => { all.push([value, range![0]]); },
    Collection: (_, { constructor, items, range }) => { all.push([constructor.name, items.length, range![0]]); },
  });
  return all;
}

const JSONS: [string, string][] = [
  ["an object", `{"a": 1, "b": [true, false, null, "x", {}, []], "": {"c": "d"}}`],
  ["numbers", `{"n": [0, -1, 12.5, 1e3, -2.5E-2, 123456789012345678901234567890, 0.0]}`],
  ["texts", String.raw`{"t": ["", "a\"b", "\\", "\/", "\b\f\n\r\t", "\u00e9\ud83d\ude00", "ü: # - {", "true", "12"]}`],
  ["lines and space", `\n {\n\t"a" :\r\n [ 1 ,\n 2 ]\n , "b":{ }\n}\n`],
  ["names that objects have", `{"__proto__": {"constructor": 1}, "toString": 2}`],
];

for (const [what, text] of JSONS) {
  test(`the same nodes as YAML's reader makes, at the same places: ${what}`, () => {
    const document = parseDocument(text.replaceAll("\t", " "));
    assert.deepEqual(document.errors, []);
    assert.deepEqual(nodes(readJson(text)), nodes(document.contents));
  });
}

const OTHERS = [
  "", "a: 1", "[1]", `"a"`, "{a: 1}", `{"a": 1`, `{"a": 1}}`, `{"a": 1} {"b": 2}`, `{"a": 1}\n---\n{"b": 2}`, `{"a": 1, "a": 2}`, `{"a": {"b": 1, "b": 2}}`, `{"a": 'b'}`, `{"a": 01}`,
  `{"a": +1}`, `{"a": .5}`, `{"a": 1,}`, `{"a": [1,]}`, `{"a": [1 2]}`, `{"a": yes}`, `{"a": nul}`, `{"a": truex}`, `{"a": "\n"}`, String.raw`{"a": "\x41"}`, String.raw`{"a": "\u12"}`, `{"a" 1}`, `{"a": &x 1}`, `{"a": 1} # no`,
  `{"a": "b}`, `{1: 2}`, `{"a":`, "{",
];

test("what is no JSON, or a mistake in it, is left to YAML's reader", () => {
  for (const text of OTHERS) assert.equal(readJson(text), undefined, text);
  for (const deep of [`${'{"a":'.repeat(100_000)}`, `{"a":${"[".repeat(100_000)}`]) assert.throws(() => readJson(deep), /more than 64 levels of nested objects and lists/);
});

const source = (name: string, more = ""): { file: string; text: string } => ({ file: name, text: JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, more } }) });

test("a text that has not changed is the same resource again, with the same problems", () => {
  const read = (...sources: { file: string; text: string }[]) => {
    const problems = new Problems(), { resources: { secrets } } = readResources(sources, problems);
    return { secrets, errors: problems.errors.map(({ file, line, path }) => `${file}:${line} ${path}`) };
  };
  const first = read(source("a"), source("b")), second = read(source("b", "x"), source("a"), source("c"));
  assert.deepEqual(first.errors, ["a:1 metadata.more", "b:1 metadata.more"]);
  assert.deepEqual(second.errors, ["b:1 metadata.more", "a:1 metadata.more", "c:1 metadata.more"]);
  assert.deepEqual(second.secrets.map((secret, i) => secret === first.secrets[i]), [true, false, false]);
  const moved = { ...source("a"), file: "elsewhere" };
  assert.deepEqual(read(moved).errors, ["elsewhere:1 metadata.more"], "the same text at another place is told there");
});
