/** Projects outside of the checkout, made by `meltemi init` and installed from our own tarballs, as their authors would. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { whatEnvoyRefuses } from "../../harness/build/compile.ts";
import { pack, type Tarball } from "../../harness/pack/pack.ts";
import { cacheDir } from "../../harness/tools/paths.ts";
import { run, spawn } from "../../harness/tools/process.ts";
import { recordedBytes } from "../contract/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "meltemi-outside-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let tarballs: Tarball[];

/** The checkout's Envoy is used, its code is not; and `node --test` in a project must not take itself for part of this one. */
const env = { XDG_CACHE_HOME: folder, NODE_TEST_CONTEXT: undefined };

async function must(command: string, args: string[], cwd: string): Promise<string> {
  const done = await run(command, args, { cwd, env });
  assert.equal(done.code, 0, `${command} ${args.join(" ")}:\n${done.output}`);
  return done.output;
}

before(async () => {
  tarballs = await pack();
  symlinkSync(cacheDir(), join(folder, "meltemi"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs.map(({ file }) => file)], folder);
});

/** Makes a project in a folder of its own, with our packages from the tarballs. */
async function project(name: string, ...args: string[]): Promise<string> {
  await must("npx", ["meltemi", "init", ...args.slice(0, 1), name, ...args.slice(1)], folder);
  const path = join(folder, name), manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as { devDependencies: Record<string, string> };
  for (const { name: ours, file } of tarballs) manifest.devDependencies[ours] = `file:${file}`;
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], path);
  return path;
}

for (const [name, ...args] of [["http-one", "filter"], ["tcp-one", "filter", "--kind", "network"], ["protocol-one", "filter", "--kind", "protocol"],
  ...["line", "length", "protobuf"].map((kind) => [`${kind}-one`, "codec", "--kind", kind] as const)] as const) {
  test(`init ${args.join(" ")}: npm install && npm test`, async () => {
    const path = await project(name, ...args);
    const output = await must("npm", ["test"], path);
    assert.match(output, /# pass [1-9]\d*\n# fail 0/);
    assert.ok(existsSync(join(path, `build/${name}.wasm`)));
    assert.ok(existsSync(join(path, ".gitignore")));
  });
}

test("a codec of somebody else's runs in the real Envoy, from the tarball", async () => {
  const path = join(folder, "length-one"), mesh = readFileSync(join(path, "mesh.yaml"), "utf8").replace("number: 7000", "number: 0");
  writeFileSync(join(path, "mesh.yaml"), mesh);
  const meltemi = await spawn("npx", ["meltemi", "run", "-f", "mesh.yaml", "--wasm", "build/length-one.wasm"], { cwd: path, env });
  try {
    await meltemi.waitFor(/ready: 127\.0\.0\.1:\d+ \(service\.example, length-one\)/, 60_000);
  } finally {
    await meltemi.stop();
  }
});

test("a filter's own envoy.yaml runs in the real Envoy, from the tarball", async () => {
  const path = join(folder, "http-one"), yaml = readFileSync(join(path, "envoy.yaml"), "utf8").replace("port_value: 10001", "port_value: 0");
  writeFileSync(join(path, "envoy.yaml"), yaml);
  const meltemi = await spawn("npx", ["meltemi", "envoy", "envoy.yaml"], { cwd: path, env });
  try {
    const [, port] = await meltemi.waitFor(/ready: 127\.0\.0\.1:(\d+) \(http\)/, 60_000);
    const served = await fetch(`http://127.0.0.1:${port}/`, { headers: { "x-key": "sesame" } });
    assert.deepEqual([served.status, await served.text(), served.headers.get("x-passed")], [200, "hello\n", "http-one"]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 403);
  } finally {
    await meltemi.stop();
  }
});

test("the modules that ship need no building, and nothing is written into node_modules", async () => {
  writeFileSync(join(folder, "request.hex"), recordedBytes("redis", "ioredis-resp2-get-string-request").toString("hex"));
  const line = await must("npx", ["meltemi", "decode", "redis", "--hex", "--request", "request.hex"], folder);
  assert.match(line, /"command":"get"/i);
  assert.ok(!readdirSync(join(folder, "node_modules/meltemi")).includes(".cache"));
});

test("the filter in the SDK's README builds with the SDK and the compiler alone", async () => {
  const path = join(folder, "readme"), readme = readFileSync(join(folder, "node_modules/as-proxy-wasm/README.md"), "utf8");
  mkdirSync(join(path, "assembly"), { recursive: true });
  writeFileSync(join(path, "assembly/index.ts"), /```ts\n([\s\S]*?)```/.exec(readme)![1]!);
  writeFileSync(join(path, "asconfig.json"), '{ "extends": "as-proxy-wasm/asconfig.json" }');
  const { assemblyscript } = (JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> }).dependencies;
  writeFileSync(join(path, "package.json"), JSON.stringify({ private: true, devDependencies: { "as-proxy-wasm": `file:${tarballs[0]!.file}`, assemblyscript } }));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], path);
  await must("npx", ["asc", "assembly/index.ts", "--target", "envoy", "--outFile", "filter.wasm"], path);
  assert.equal(whatEnvoyRefuses(readFileSync(join(path, "filter.wasm"))), "");
});

test("the SDK is in the packages once, and needs nothing", () => {
  const inside = readdirSync(join(folder, "node_modules/meltemi/assembly")).sort();
  assert.deepEqual(inside, ["codec", "deprecated.ts", "filters", "framework.ts", "index.ts", "module.ts", "proxy"]);
  const sdk = JSON.parse(readFileSync(join(folder, "node_modules/as-proxy-wasm/package.json"), "utf8")) as Record<string, unknown>;
  assert.equal(sdk.dependencies, undefined);
  const files = readdirSync(join(folder, "node_modules/as-proxy-wasm"), { recursive: true }) as string[];
  assert.deepEqual(files.filter((file) => file.includes("__tests__")), []);
});
