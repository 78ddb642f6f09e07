/**
 * Compiles AssemblyScript test files with as-pect's library and runs them, one by one; writes a JSON line when it takes
 * up a file, one for each test, and one when it is done with the file. Plain JavaScript without tsx, because loading the
 * compiler through tsx takes eight seconds.
 *
 * Arguments: a pattern for names of tests (empty: all), then the files.
 */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { instantiate } from "@assemblyscript/loader";
import { TestContext } from "@as-pect/core";
import config from "../../as-pect.config.js";

const GROUP = 1;
const [pattern = "", ...files] = process.argv.slice(2);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

for (const file of files) {
  tell({ begin: file });
  const binary = await compile(file);
  if (binary) await runTests(file, binary);
  tell({ end: file });
}

async function compile(file) {
  const stderr = asc.createMemoryStream();
  let wasm = null;
  const { error } = await asc.main([file, ...config.include, "--config", "asconfig.json", "--target", "noCoverage", "--noColors"], {
    stderr,
    stdout: asc.createMemoryStream(),
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) wasm = contents;
    },
    readFile: (name, base) => read(`${base}/${name}`),
  });
  if (!error) return wasm;
  tell({ name: "compiling", ok: false, ms: 0, problem: stderr.toString().trim() || error.message });
  return null;
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

async function runTests(file, wasm) {
  const ignore = () => undefined;
  const writable = { write: ignore };
  const context = new TestContext({
    binary: wasm,
    fileName: file,
    testRegex: new RegExp(pattern),
    reporter: { stdout: writable, stderr: writable, onEnter: ignore, onExit: ignore, onFinish: ignore },
  });
  const memory = new WebAssembly.Memory({ initial: 10 });
  const module = await config.instantiate(memory, (...args) => context.createImports(...args), instantiate, wasm);
  context.run(module);
  visit(context.rootNode, []);
  for (const { type, message, stackTrace } of context.errors) tell({ name: type || "error", ok: false, ms: 0, problem: `${message}\n${stackTrace}` });
}

function visit(node, names) {
  for (const todo of node.todos) tell({ name: [...names, todo].join(" > "), ok: true, ms: 0, skipped: "todo" });
  for (const child of node.children) {
    const path = [...names, child.name];
    // a group fails by itself only if its own function did
    const leaf = child.type !== GROUP || (!child.pass && child.children.length === 0);
    if (leaf && child.ran) tell({ name: path.join(" > "), ok: child.pass, ms: child.deltaT, ...(!child.pass && { problem: problem(child) }) });
    if (child.type === GROUP) visit(child, path);
  }
}

function problem({ message, actual, expected, stackTrace, logs }) {
  const plain = { classNameFormatter: (text) => text, stringFormatter: (text) => text, numberFormatter: (text) => text, keywordFormatter: (text) => text, indent: 0, tab: 2, maxLineLength: 120, maxPropertyCount: 50, maxExpandLevel: 5 };
  const shown = (value) => value.stringify(plain).trim();
  const trapped = !/internal\/assert\/assert/.test(stackTrace ?? "");
  // as-pect keeps the values of the last comparison, which a trap has nothing to do with
  const lines = trapped ? ["trapped"] : [message, expected && `expected ${expected.negated ? "not " : ""}${shown(expected)}`, actual && `got ${shown(actual)}`];
  const frames = (stackTrace ?? "").split("\n").filter((line) => !/as-pect\/assembly/.test(line));
  return [...lines.filter(Boolean), ...logs.map((log) => `log: ${shown(log)}`), ...frames].join("\n");
}
