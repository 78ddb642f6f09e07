import { readFileSync } from "node:fs";
import { join } from "node:path";
import { globFiles } from "../../tools/files.ts";
import { ROOT } from "../../tools/paths.ts";
import { codeOnly, matches } from "./source.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Code that becomes part of a module: not tests, vectors, smuggling cases, or the TypeScript peers of examples. */
function isAssemblyScript(file: string): boolean {
  return /^(assembly|codecs|examples)\/.*\.ts$/.test(file) && !/\.test\.ts$|\/(__tests__|vectors|smuggling|peer|testing)\//.test(file);
}

/** What AssemblyScript has, and what is wrong with it in a module that must not end by bytes from a peer. */
const BANS: [RegExp, string][] = [
  [/\bMath\s*\.\s*random\b/g, "Envoy has no env.seed, which it imports"],
  [/\bDate\s*\.|\bnew\s+Date\b/g, "Envoy has no env.Date.now; use host/clock"],
  [/\bthrow\b/g, "it ends the VM; errors are values"],
  [/\bconsole\s*\./g, "Envoy does not have its imports; use host/log"],
  [/\btrace\s*\(/g, "Envoy has no env.trace; use host/log"],
];

export function bannedInAssemblyScript(): string[] {
  return globFiles(isAssemblyScript).flatMap((file) => {
    const code = codeOnly(read(file));
    return BANS.flatMap(([pattern, why]) => matches(file, code, pattern, (found) => `\`${found}\` is not allowed: ${why}`));
  });
}

const MAX_LINES = 400, MAX_TEST_LINES = 600;

/** Files that nobody reads from top to bottom: tables, recorded vectors, golden output. */
const NOT_READ = /\/(vectors|testdata|fixtures)\/|table|package-lock\.json|\.(json|md|hex|txt|bin|pcap)$/i;

export function tooLong(): string[] {
  const code = globFiles((file) => /\.(ts|mjs|cjs|js|java|go|sh|ya?ml)$/.test(file) && !NOT_READ.test(file));
  return code.flatMap((file) => {
    const lines = read(file).split("\n").length, most = /\.(test|spec)\.ts$|Test\.java$|_test\.go$/.test(file) ? MAX_TEST_LINES : MAX_LINES;
    return lines > most ? [`${file}: ${lines} lines, at most ${most} are allowed: split it by what it knows`] : [];
  });
}

/** A path that only one machine has: under a person's home, root's, a work folder, or a fixed name in the temporary folder. */
const MACHINE_PATH = /(?<![\w.$})-])\/(?:work|root|Users|tmp|home)\/[\w.-]+/g;

export function machinePaths(): string[] {
  const texts = globFiles((file) => /\.(ts|mjs|cjs|js|json|ya?ml|java|go|xml|sh|md)$|^\.ci\//.test(file) && file !== "package-lock.json" && !file.includes("/testdata/"));
  return texts.flatMap((file) => matches(file, read(file), MACHINE_PATH, (found) => `\`${found}\` is a path of one machine`));
}

/** What a codec's folder has, beside parsers and tables under the names of its own protocol, so that one knows where to look in each. */
const CODEC_FILES = ["README.md", "codec.ts", "constants.ts", "decode.ts", "encode.ts", "errors.ts", "framing.ts", "index.ts"];

export function codecFolders(): string[] {
  const all = globFiles((file) => file.startsWith("codecs/")), folders = new Set(all.map((file) => file.split("/")).filter(({ length }) => length > 2).map(([, folder]) => folder!));
  return [...folders].flatMap((folder) => CODEC_FILES.filter((file) => !all.includes(`codecs/${folder}/${file}`)).map((file) => `codecs/${folder}: has no ${file}`));
}

/** Marks of work that was left for later. */
export function unfinished(): string[] {
  const code = globFiles((file) => /\.(ts|mjs|java|go)$/.test(file));
  return code.flatMap((file) => matches(file, read(file), /\b(?:TO ?DO|FIX ?ME|X{3})\b(?!")/g, (found) => `${found}: do it, or write down why not`));
}

/** Words that this project has given up for those of its field, and what it says instead (docs/overview.md, "Glossary"). */
const RETIRED: Record<string, string> = {
  bell: "write probe", tombstone: "orphan", homeless: "retargeted", draft: "config update", outlet: "splice buffer", intake: "request reader",
  departure: "drain", clockwork: "tick scheduler", errand: "call after close",
  "sign of life": "heartbeat", "signs of life": "heartbeats", "opens no door": "never grants access", "open no door": "never grant access",
  "closes doors": "restricts access", "close doors": "restrict access", "filters that guard": "guarding filters", "first-class citizen": "what it can do",
  "told once": "logged once, or first sync", "read anew": "reloaded, or read again", "without a word": "without a message", "has a word by which": "lets",
  "protocol's own words": "error of the protocol", "the house": "the source layout",
};
const RETIRED_WORD = new RegExp(`\\b(?:${Object.keys(RETIRED).join("|")})s?\\b(?!-ietf)`, "gi");

export function retiredWords(): string[] {
    const texts = globFiles((file) => /^(?:(?:assembly|codecs|control-plane|docs|examples|harness\/cli)\/.*|README)\.(ts|md)$/.test(file) && !/\/(vectors|smuggling|__tests__)\/|\.test\.ts$|^docs\/adr\//.test(file));
  return texts.flatMap((file) => matches(file, read(file).replace(/`tests\/[^|\n]*/g, ""), RETIRED_WORD, (found) => `"${found}": this project says ${retired(found.toLowerCase())}`));
}

function retired(found: string): string { return RETIRED[found] ?? RETIRED[found.replace(/s$/, "")]!; }
