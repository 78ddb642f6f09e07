import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { before, test } from "node:test";
import asc from "assemblyscript/asc";
import { compileRegex, type Regex } from "../../../../control-plane/ir/regex.ts";

/** Random patterns and texts, the same ones in every run; JavaScript's RegExp, and the engine of the control plane, say what must come out. */
const PATTERNS = 1500;
const TEXTS = 12;
const SEED = 20240611;

interface Wrapper {
  memory: WebAssembly.Memory;
  room(bytes: number): number;
  compile(length: number): number;
  matches(length: number): number;
}

let wasm: Wrapper;

before(async () => {
  let binary: Uint8Array | null = null;
  const entry = "assembly/proxy/match/regex/__tests__/wrapper.ts";
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const { error, stderr } = await asc.main([entry, "--baseDir", root, "-O", "--outFile", "regex.wasm"], {
    writeFile: (name, contents) => { if (name.endsWith(".wasm")) binary = contents as Uint8Array; },
  });
  assert.equal(error, null, stderr.toString());
  assert.ok(binary);
  const abort = () => { throw new Error("the module aborted"); };
  const { instance } = await WebAssembly.instantiate(binary as Uint8Array<ArrayBuffer>, { env: { abort } });
  wasm = instance.exports as unknown as Wrapper;
});

function put(bytes: Uint8Array): number {
  const at = wasm.room(bytes.length);
  new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
  return bytes.length;
}

/** Empty, or why the pattern was refused. */
function compile(pattern: string): string {
  const length = wasm.compile(put(Buffer.from(pattern)));
  return Buffer.from(wasm.memory.buffer, wasm.room(0), length).toString();
}

function matches(text: string): boolean { return wasm.matches(put(Buffer.from(text))) !== 0; }

/** Mulberry32: small, and the same on every machine. */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** A pattern as both sides write it, a text that probably matches, and whether there is a repetition in it. */
interface Sample { re2: string; js: string; text: string; loops?: boolean }

/** Texts are short because the oracle may take exponential time. */
const LONGEST = 12;

const LETTERS = ["a", "b", "c", "A", "B", "0", "7", "_", "-", " ", "\t", "é", "É", "ж", "Ж", "中", "😀", "\u07ff", "\u0800", "\uffff"];
const SPACE = "[\\t\\n\\f\\r ]";
const NO_SPACE = "[^\\t\\n\\f\\r ]";

function generate(pick: (below: number) => number): () => Sample {
  const one = <T>(from: readonly T[]): T => from[pick(from.length)] as T;
  const sequence = (parts: Sample[]): Sample => ({
    re2: parts.map((p) => p.re2).join(""), js: parts.map((p) => p.js).join(""), text: parts.map((p) => p.text).join(""),
    loops: parts.some((p) => p.loops),
  });

  function letter(): Sample {
    const text = one(LETTERS);
    const point = (text.codePointAt(0) as number).toString(16);
    const escaped = text === "-" ? "\\x2d" : text;
    return one([
      { re2: text, js: escaped, text }, { re2: text, js: escaped, text }, { re2: `\\x{${point}}`, js: `\\u{${point}}`, text },
    ]);
  }

  function range(): Sample {
    const [low, high] = [one(LETTERS), one(LETTERS)].sort((x, y) => (x.codePointAt(0) as number) - (y.codePointAt(0) as number));
    const hex = (c: string) => (c.codePointAt(0) as number).toString(16);
    const [l, h] = [hex(low as string), hex(high as string)];
    return { re2: `\\x{${l}}-\\x{${h}}`, js: `\\u{${l}}-\\u{${h}}`, text: one([low, high]) as string };
  }

  function bracket(): Sample {
    const items = Array.from({ length: 1 + pick(3) }, () => one([letter, range, named])());
    const inside = (side: "re2" | "js") => items.map((i) => (i[side] === "-" ? "\\-" : i[side].replace(SPACE, SPACE.slice(1, -1)))).join("");
    const negated = pick(3) === 0 ? "^" : "";
    // A class of everything but spaces cannot stand inside another in the oracle's words.
    if (items.some((i) => i.js === NO_SPACE)) return letter();
    return { re2: `[${negated}${inside("re2")}]`, js: `[${negated}${inside("js")}]`, text: negated ? one(LETTERS) : (items[0] as Sample).text };
  }

  function named(): Sample {
    return one([
      { re2: "\\d", js: "\\d", text: "7" }, { re2: "\\D", js: "\\D", text: "é" }, { re2: "\\w", js: "\\w", text: "a" },
      { re2: "\\W", js: "\\W", text: "中" }, { re2: "\\s", js: SPACE, text: " " }, { re2: "\\S", js: NO_SPACE, text: "b" },
      { re2: "[:alpha:]", js: "a-zA-Z", text: "c" },
    ].filter((s) => s.re2 !== "[:alpha:]" || pick(2) === 0));
  }

  function atom(depth: number): Sample {
    const kind = pick(depth > 0 ? 9 : 6);
    if (kind < 3) return letter();
    if (kind === 3) return { re2: ".", js: "[^\\n]", text: one(LETTERS) };
    if (kind === 4) return bracket();
    if (kind === 5) {
      const found = named();
      return found.re2 === "[:alpha:]" ? { re2: "[[:alpha:]]", js: "[a-zA-Z]", text: "c" } : found;
    }
    const inner = either(depth - 1);
    const open = one(["(", "(?:"]);
    return { re2: `${open}${inner.re2})`, js: `(?:${inner.js})`, text: inner.text, loops: inner.loops };
  }

  function repeated(depth: number): Sample {
    const what = atom(depth);
    const least = pick(3), most = least + pick(3);
    const once: [string, number][] = [["", 1], ["", 1], ["?", pick(2)], ["{1,2}", 1], ["{2}?", 2]];
    if (what.loops) return quantified(what, ...one(once));
    const [suffix, times] = one<[string, number]>([
      ["", 1], ["", 1], ["", 1], ["*", pick(4)], ["+", 1 + pick(3)], ["?", pick(2)], ["*?", pick(2)], ["+?", 1], ["??", pick(2)],
      [`{${least}}`, least], [`{${least},}`, least + pick(3)], [`{${least},${most}}`, most], [`{${least},${most}}?`, least],
    ]);
    return quantified(what, suffix, times);
  }

  function quantified(what: Sample, suffix: string, times: number): Sample {
    return { re2: what.re2 + suffix, js: what.js + suffix, text: what.text.repeat(times), loops: what.loops || suffix !== "" };
  }

  function either(depth: number): Sample {
    const options = Array.from({ length: one([1, 1, 2, 3]) }, () => {
      const parts = Array.from({ length: pick(3 + depth) }, () => repeated(depth));
      if (pick(12) === 0) parts.unshift({ re2: "^", js: "^", text: "" });
      if (pick(12) === 0) parts.push({ re2: "$", js: "$", text: "" });
      return sequence(parts);
    });
    return { re2: options.map((o) => o.re2).join("|"), js: options.map((o) => o.js).join("|"), text: one(options).text, loops: options.some((o) => o.loops) };
  }

  return () => either(pick(6) === 0 ? 2 : 1);
}

/** The text as it is, or with a character more, less or another. */
function changed(text: string, pick: (below: number) => number): string {
  const points = [...text];
  const at = pick(points.length + 1);
  const other = LETTERS[pick(LETTERS.length)] as string;
  const change = pick(4);
  if (change === 0) points.splice(at, 0, other);
  else if (change === 1) points.splice(at, 1);
  else if (change === 2) points.splice(at, 1, other);
  else points.splice(at, 0, "\n");
  return points.slice(0, LONGEST).join("");
}

test("agrees with JavaScript's RegExp and the control plane on random patterns and texts", () => {
  const pick = random(SEED);
  const sample = generate(pick);
  let compared = 0, matched = 0, refused = 0;
  for (let i = 0; i < PATTERNS; i++) {
    const { re2, js, text } = sample();
    const ignoreCase = pick(4) === 0;
    const oracle = new RegExp(`^(?:${js})$`, ignoreCase ? "iu" : "u");
    const pattern = ignoreCase ? `(?i)${re2}` : re2;
    const error = compile(pattern);
    if (error) {
      assert.match(error, /^the pattern (needs|is too complicated)/, pattern);
      refused++;
      continue;
    }
    const planes = compileRegex(pattern);
    let next = [...text].slice(0, LONGEST).join("");
    for (let j = 0; j < TEXTS; j++) {
      const expected = oracle.test(next);
      assert.equal(matches(next), expected, `${JSON.stringify(pattern)} on ${JSON.stringify(next)}`);
      assert.equal(planes.test(next), expected, `${JSON.stringify(pattern)} on ${JSON.stringify(next)} in the control plane`);
      compared++;
      if (expected) matched++;
      next = changed(j % 4 === 3 ? text : next, pick);
    }
  }
  assert.ok(refused < PATTERNS / 100, `${refused} of ${PATTERNS} patterns refused`);
  assert.ok(matched > compared / 10, `only ${matched} of ${compared} texts matched`);
  assert.ok(matched < (compared * 9) / 10, `as many as ${matched} of ${compared} texts matched`);
});

/** The control plane's, undefined: it refuses the pattern. */
function planes(pattern: string): Regex | undefined {
  try {
    return compileRegex(pattern);
  } catch {
    return undefined;
  }
}

test("never traps on random patterns, and takes what the control plane takes", () => {
  const pick = random(SEED + 1);
  const pieces = [...LETTERS, ..."()[]{}*+?|^$.\\,:-", "(?i)", "(?:", "{2,3}", "\\Q", "\\E", "\\x{", "[[:alpha:]]", "\\d", "\\b", "(?P<n>", "{1000}"];
  let refused = 0;
  const only: string[] = [];
  for (let i = 0; i < 6000; i++) {
    const pattern = Array.from({ length: pick(12) }, () => pieces[pick(pieces.length)]).join("");
    const error = compile(pattern), other = planes(pattern);
    if (error) {
      refused++;
      if (!/too large|needs more|needs a table|too complicated/.test(error)) assert.equal(other, undefined, `${JSON.stringify(pattern)}: ${error}`);
      continue;
    }
    if (!other) only.push(pattern);
    else for (const text of [pattern, pattern.toUpperCase(), ""]) assert.equal(other.test(text), matches(text), `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
  }
  assert.ok(refused > 1000 && refused < 5000, `${refused} refused`);
  assert.deepEqual(only, [], "patterns that the control plane refuses and the filter takes");
});
