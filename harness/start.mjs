/**
 * The first step of every command, on a machine where nothing is installed yet: plain JavaScript, Node's own modules only.
 * Installs the npm packages if they are not there or older than the lock file, says in a line what else is missing, then
 * runs the command in TypeScript.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OLDEST_NODE = 20;
const OLDEST_JAVA = 17;

/** By command: what runs, and the programs that it cannot do without. */
const COMMANDS = {
  demo: { main: "harness/demo/main.ts", needs: ["go", "java", "mvn", "python3"] },
  test: { main: "harness/test/main.ts", needs: ["go", "java", "mvn", "python3"] },
  lint: { main: "harness/test/lint.ts", needs: [] },
  fuzz: { main: "tests/fuzz/main.ts", needs: [] },
  bench: { main: "bench/main.ts", needs: ["go", "cc"] },
  pack: { main: "harness/pack/main.ts", needs: [] },
  docs: { main: "harness/docs/main.ts", needs: [] },
};

const HOW = {
  go: "install Go 1.26 or newer from https://go.dev/dl; it builds func-e, which runs Envoy, reads Envoy's API, and builds the Go test peers",
  cc: "install a C compiler (Debian: apt install gcc libc6-dev); the load generator is C",
  java: `install a JDK ${OLDEST_JAVA} or newer (Debian: apt install openjdk-17-jdk-headless); the Dubbo test peers are Java`,
  python3: "install Python 3 with pip (Debian: apt install python3-pip); some Thrift and Redis test peers are Python",
  mvn: "install Maven (Debian: apt install maven); it fetches Dubbo for the test peers",
};

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((dir) => existsSync(join(dir || ".", command)));
}

/** What is missing, a line each. */
export function missing(needs) {
  const lines = needs.filter((command) => !onPath(command)).map((command) => `${command} is missing: ${HOW[command]}`);
  if (needs.includes("java") && onPath("java")) {
    const said = spawnSync("java", ["-version"], { encoding: "utf8" });
    const version = Number(/version "(?:1\.)?(\d+)/.exec(said.stderr)?.[1]);
    if (version < OLDEST_JAVA) lines.push(`java is version ${version}: ${HOW.java}`);
  }
  return lines;
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Installs the npm packages unless they are there and as new as the lock file, or belong to another checkout (a link). */
export async function installPackages() {
  if (lstatSync(join(ROOT, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const stamp = join(ROOT, "node_modules/.package-lock.json");
  if (modified(stamp) >= modified(join(ROOT, "package-lock.json"))) return;
  process.stderr.write("installing npm packages ...\n");
  const start = Date.now();
  const npm = spawn("npm", ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve) => npm.on("close", resolve).on("error", (error) => {
    output += error.message;
    resolve(1);
  }));
  if (code !== 0) fail(`npm ci failed: it needs the npm registry, or a mirror of it in .npmrc\n${output.trim()}`);
  process.stderr.write(`installing npm packages: done in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}

/** Runs a TypeScript main and ends as it ends; signals reach it too. */
export function runMain(main, args) {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), join(ROOT, main), ...args], { stdio: "inherit" });
  // a terminal sends Ctrl-C to both; one that is killed alone must pass it on, and wait for the clean end in both cases
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  child.on("error", (error) => fail(`cannot start node: ${error.message}`));
  child.on("close", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

/** `npm run` puts node_modules/.bin first on PATH, where a dependency's own npm 6 hides the one that runs: takes it away. */
function leaveBin() {
  const bin = join(ROOT, "node_modules/.bin");
  process.env.PATH = (process.env.PATH ?? "").split(delimiter).filter((dir) => dir !== bin).join(delimiter);
}

export function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) fail(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or newer (https://nodejs.org)`);
}

async function start() {
  checkNode();
  leaveBin();
  const [name, ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command) fail(`usage: node harness/start.mjs ${Object.keys(COMMANDS).join("|")} [arguments]`);
  if (!existsSync(join(ROOT, command.main))) fail(`${name}: ${command.main} is not there`);
  const lines = missing(command.needs);
  if (lines.length > 0) fail(lines.join("\n"));
  await installPackages();
  runMain(command.main, args);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await start();
