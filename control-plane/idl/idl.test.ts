import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadResources } from "../api/source.ts";
import { formatProblem, Problems } from "../api/problem.ts";
import type { IdlOption } from "../api/idl.ts";
import { ArgumentKeys } from "./arguments.ts";
import { compileIdl, type IdlTables } from "./compile.ts";

const at = { file: "mesh/a.yaml", document: 1, path: "spec.options.idl" };

/** Compiles texts by name, of which the first is the root; problems and warnings by their texts. */
function compiled(texts: Record<string, string>, more: Partial<IdlOption> = {}): { tables: IdlTables | undefined; told: string[] } {
  const problems = new Problems(), files = [{ value: Object.keys(texts)[0]!, at }];
  const tables = compileIdl({ at, files, texts: new Map(Object.entries(texts)), unknownFields: "refuse", ...more }, () => undefined, problems);
  return { tables, told: [...problems.errors, ...problems.warnings].map(({ message }) => message) };
}

/** What the tables say of a method's arguments, spelled out: `1: list<string> xs`. */
function spelled({ types, structs, calls, oneway }: IdlTables, method: string): string[] {
  const plain: Record<number, string> = { 2: "bool", 3: "i8", 4: "double", 6: "i16", 8: "i32", 10: "i64", 11: "string", 16: "uuid" };
  const type = (n: number): string => {
    const [kind, first, second] = n < 32 ? [n] : types[n - 32]!;
    if (kind === 12) return `struct ${first}`;
    if (kind === 13) return `map<${type(first!)},${type(second!)}>`;
    return kind === 14 || kind === 15 ? `${kind === 14 ? "set" : "list"}<${type(first!)}>` : plain[kind!]!;
  };
  const fields = structs[calls[method] ?? oneway[method]!]!;
  return Array.from({ length: fields.length / 4 }, (_, i) => `${fields[i * 4]}: ${type(fields[i * 4 + 1] as number)} ${fields[i * 4 + 3]}${["", "?", "|"][fields[i * 4 + 2] as number]}`);
}

test("methods, with and without their service's name; one-way ones apart", () => {
  const { tables } = compiled({ "a.thrift": "service A { void f(1: i32 a), oneway void n(1: string t) } service B extends A { bool g() }" });
  assert.deepEqual(Object.keys(tables!.calls), ["A:f", "B:f", "B:g", "f", "g"]);
  assert.deepEqual(Object.keys(tables!.oneway), ["A:n", "B:n", "n"]);
  assert.equal(tables!.calls["A:f"], tables!.calls["B:f"]);
});

test("every type, and names for them from other files", () => {
  const { tables, told } = compiled({
    "a.thrift": `include "sub/b.thrift"
      typedef list<map<string, set<b.Id>>> Deep
      senum Old { "x" }
      service S { void f(1: bool a, 2: byte b, 3: i8 c, 4: i16 d, 5: i32 e, 6: i64 f, 7: double g, 8: string h, 9: binary i, 10: uuid j, 11: b.Color k, 12: Deep l, 13: Old m, string n, 14: b.Node o) }`,
    "sub/b.thrift": `include "c.thrift" typedef c.Number Id enum Color { RED, BLUE = 7 } struct Node { 1: optional Node next, 2: required Id id, 3: optional i32 d = 4, 4: U u } union U { 1: i32 a, 2: string b }`,
    "sub/c.thrift": "namespace * x\ncpp_include \"y\"\ntypedef i64 Number",
  });
  assert.deepEqual(told, []);
  assert.deepEqual(spelled(tables!, "f"), ["-1: string n", "1: bool a", "2: i8 b", "3: i8 c", "4: i16 d", "5: i32 e", "6: i64 f", "7: double g", "8: string h",
    "9: string i", "10: uuid j", "11: i32 k", "12: list<map<string,set<i64>>> l", "13: string m", "14: struct 0 o"]);
  const named = { ...tables!, calls: { node: 0, union: 2 } };
  assert.deepEqual(spelled(named, "node"), ["1: struct 0 next?", "2: i64 id", "3: i32 d", "4: struct 2 u"]);
  assert.deepEqual(spelled(named, "union"), ["1: i32 a|", "2: string b|"]);
});

test("services have the names that servers give them", () => {
  const texts = { "a.thrift": "service A { void f(1: i32 a) } service B { void f(1: i64 a), void g() }" };
  const services = (names: Record<string, string>): Map<string, { value: string; at: typeof at }> => new Map(Object.entries(names).map(([wire, value]) => [wire, { value, at }]));
  assert.deepEqual(Object.keys(compiled(texts, { services: services({ "": "B", first: "A" }) }).tables!.calls), ["f", "g", "first:f"]);
  const { tables, told } = compiled(texts);
  assert.deepEqual(Object.keys(tables!.calls), ["A:f", "B:f", "B:g", "g"]);
  assert.match(told.join(), /several services have a method f/);
  assert.match(compiled(texts, { services: services({ x: "C" }) }).told.join(), /no service of this name/);
});

test("what is wrong is told with its file and place", () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ "a.thrift": "struct S {\n 1: i32 }" }, /^a\.thrift:2:\d+: is no Thrift IDL: found/],
    [{ "a.thrift": "struct S {" }, /^a\.thrift:1:\d+: is no Thrift IDL/],
    [{ "a.thrift": "service S { void f(1: Nope a) }" }, /^a\.thrift:1: there is no type Nope/],
    [{ "a.thrift": "service S extends b.T { }" }, /there is no service b\.T/],
    [{ "a.thrift": "service S extends S { }" }, /service S extends itself/],
    [{ "a.thrift": "typedef B A typedef A B service S { void f(1: A a) }" }, /in a cycle/],
    [{ "a.thrift": "service S { void f(1: i32 a, 1: i64 b) }" }, /two fields of S\.f have id 1/],
    [{ "a.thrift": "service S { void f(70000: i32 a) }" }, /has id 70000/],
    [{ "a.thrift": "struct S {} struct S {}" }, /S is defined a second time/],
    [{ "a.thrift": 'include "b.thrift"' }, /includes "b\.thrift", which does not exist/],
    [{ "a.thrift": 'include "../../etc/secret"' }, /which does not exist/],
    [{ "a.thrift": `service S { void f(1: ${"list<".repeat(100)}i32${">".repeat(100)} a) }` }, /64 deep/],
    [{ "a.thrift": `service S { void f(1: ${"list<".repeat(50_000)}i32${">".repeat(50_000)} a) }` }, /too deeply/],
    [{ "a.thrift": " ".repeat((2 << 20) + 1) }, /too many includes/],
    [{ "a.thrift": `service S { ${Array.from({ length: 8193 }, (_, i) => `void f${i}(1: i32 a${i})`).join()} }` }, /too many structs/],
    [{ "a.thrift": 'include "1.thrift"', ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.thrift`, `include "${i + 1}.thrift"`])) }, /too many includes/],
  ];
  for (const [texts, message] of wrong) {
    const { tables, told } = compiled(texts);
    assert.match(told.join(), message);
    assert.equal(tables, undefined);
  }
});

test("files that include one another are read once each", () => {
  const { tables, told } = compiled({ "a.thrift": 'include "b.thrift" struct A {} service S { void f(1: b.B b) }', "b.thrift": 'include "a.thrift" struct B { 1: a.A a }' });
  assert.deepEqual(told, []);
  assert.deepEqual(spelled(tables!, "f"), ["1: struct 0 b"]);
});

test("arguments that rules may ask for", () => {
  const { tables } = compiled({ "a.thrift": `struct User { 1: i64 id, 2: list<User> friends, 3: double weight, 4: map<string, string> tags }
    service S { void f(1: User user, 2: list<set<string>> words), oneway void g(1: bool Sure, 2: uuid u) }` });
  const keys = new ArgumentKeys(tables!);
  const has = ["args.user.id", "args.USER.Id", "args.user.friends.id", "args.user.friends.friends.friends.id", "args.words", "args.sure"];
  const lacks = ["args.user", "args.user.weight", "args.user.tags", "args.user.tags.x", "args.nope", "args.u", "args.", "args.user.id.x", `args.user.${"friends.".repeat(7)}id`];
  assert.deepEqual([...has, ...lacks].filter((key) => keys.has(key)), has);
  assert.deepEqual(keys.names().slice(0, 3), ["args.words", "args.Sure", "args.user.id"]);
});

test("files that a resource names come with it, and what they include; no others are read", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "idl-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  write("mesh.yaml", "apiVersion: metaprotocol.aeraki.io/v1alpha1\nkind: ApplicationProtocol\nmetadata: {name: a}\nspec: {protocol: a, codec: thrift, options: {idl: {files: [a.thrift, secret.txt, gone.thrift]}}}\n");
  write("a.thrift", 'include "b.thrift"\ninclude "secret.txt"\n');
  write("b.thrift", "struct B {}");
  write("other.thrift", "struct C {}");
  write("secret.txt", "secret");
  const sources = await loadResources([join(dir, "mesh.yaml")]);
  assert.deepEqual(sources.map(({ file }) => file.slice(dir.length + 1)), ["mesh.yaml", "a.thrift", "b.thrift"]);
});

test("the same problem at the same place is formatted with its field", () => {
  const problems = new Problems();
  compileIdl({ at, files: [{ value: "x.thrift", at: { ...at, line: 7, path: "spec.options.idl.files[0]" } }], texts: new Map(), unknownFields: "refuse" }, () => undefined, problems);
  assert.equal(problems.errors.map(formatProblem).join(), "mesh/a.yaml:7: document 1, spec.options.idl.files[0]: the file mesh/x.thrift cannot be read, and there is no text of this name");
});
