import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { processes, run, spawn } from "../tools/process.ts";
import { until } from "../tools/wait.ts";

const CLI = join(ROOT, "harness/cli/meltemi.mjs");
const folder = mkdtempSync(join(cacheDir("test"), "cli-"));
after(() => rmSync(folder, { recursive: true }));

const MESH = readFileSync(join(ROOT, "examples/awesomerpc/mesh.yaml"), "utf8").replace("number: 7000", "number: 0");

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const meltemi = (...args: string[]): ReturnType<typeof run> => run(process.execPath, [CLI, ...args], { name: "meltemi", cwd: folder });

test("help everywhere, with an example", async () => {
  for (const command of [[], ["build"], ["run"], ["serve"], ["config"], ["decode"], ["envoy"], ["init"]]) {
    const { code, output } = await meltemi(...command, "--help");
    assert.equal(code, 0);
    assert.match(output, /Usage: meltemi/);
    if (command.length) assert.match(output, /\n {2}meltemi |\n {2}.*\| meltemi /, `${command.join(" ")} shows an example`);
  }
});

test("serve names what is wrong with a registry", async () => {
  for (const [args, message] of [[["--registry", "redis://127.0.0.1"], /--registry: registry redis:\/\/127\.0\.0\.1: unknown kind of registry, allowed: zookeeper:\/\//], [[], /nothing to serve/]] as const) {
    const { code, output } = await meltemi("serve", ...args);
    assert.equal(code, 2);
    assert.match(output, message);
  }
});

test("decode redis: lines of a terminal, no password in what is told, and a reader that has seen enough", async () => {
  const requests = file("requests", `HELLO 3 AUTH alice s3cret SETNAME me\nAUTH bob 0ther\nMGET a "b c"\n${"GET k\n".repeat(20_000)}`);
  const { code, output } = await meltemi("decode", "redis", "--request", requests);
  assert.equal(code, 0);
  const lines = output.trimEnd().split("\n").map((line) => JSON.parse(line) as { metadata: Record<string, unknown> });
  assert.deepEqual(lines[2]!.metadata, { command: "mget", key: ["a", "b c"], database: "0", user: { hidden: true }, arguments: "3" });
  assert.doesNotMatch(output, /s3cret|0ther/);
  const first = await run("sh", ["-c", `"${process.execPath}" "${CLI}" decode redis --request "${requests}" | head -1`], { name: "sh", cwd: folder });
  assert.match(first.output, /^\{[^\n]+\}\n$/);
});

test("used wrongly: exit code 2, and what to do", async () => {
  const cases: [string[], RegExp][] = [
    [["run"], /required option '-f/],
    [["config", "-f", "nowhere.yaml"], /nowhere\.yaml: there is no such file/],
    [["run", "-f", ".", "--concurrency", "none"], /--concurrency <n>.*'none' is invalid\. allowed: 1 or more/],
    [["envoy", "nowhere.yaml"], /nowhere\.yaml: there is no such file/],
    [["config", "-f", ".", "--admin-port", "70000"], /--admin-port 70000: allowed: 0\.\.65535/],
    [["build", "nothing.ts"], /nothing\.ts: there is no such file/],
    [["decode", "dubbo", "--port", "x"], /--port/],
    [["init", "filtre", "mine"], /filtre: allowed: codec, filter/],
    [["init", "filter", "Mine"], /Mine: allowed: lower-case letters/],
    [["init", "filter", "mine", "--kind", "udp"], /--kind udp: allowed for a filter: http, network, protocol/],
    [["init", "codec", "mine", "--kind", "http"], /--kind http: allowed for a codec: line, length, protobuf/],
    [["init", "codec", "taken"], /taken: already exists/],
    [["init", "codec", "mine", "--dir", "taken"], /taken\/mine: already exists/],
    [["dance"], /unknown command 'dance'/],
  ];
  mkdirSync(join(folder, "taken/mine"), { recursive: true });
  for (const [args, text] of cases) {
    const { code, output } = await meltemi(...args);
    assert.equal(code, 2, `${args.join(" ")}: ${output}`);
    assert.match(output, text);
  }
});

test("config prints a bootstrap, also to a file", async () => {
  const mesh = file("mesh.yaml", MESH), out = join(folder, "bootstrap.json");
  const { code } = await meltemi("config", "-f", mesh, "-o", out, "--admin-port", "9901");
  assert.equal(code, 0);
  const bootstrap = JSON.parse(readFileSync(out, "utf8")) as { static_resources: { listeners: unknown[] } };
  assert.equal(bootstrap.static_resources.listeners.length, 1);
});

test("config hides what is secret, unless it is asked for that", async () => {
  const secret = "a token nobody sees", host = /hosts: \[([^\],]+)/.exec(MESH)![1];
  const policy = { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name: "p" }, spec: { targetRef: { host }, token: { key: "user", tokens: [secret] } } };
  const mesh = file("secret.yaml", `${MESH}\n---\n${JSON.stringify(policy)}`);
  const [hidden, shown] = [await meltemi("config", "-f", mesh), await meltemi("config", "-f", mesh, "--secrets")];
  assert.deepEqual([hidden.code, shown.code], [0, 0], hidden.output);
  assert.match(hidden.output, /\(hidden\)/);
  assert.doesNotMatch(hidden.output, new RegExp(secret));
  assert.match(shown.output, new RegExp(secret));
});

test("a mistake in a resource: file, path, what is allowed; exit code 1, and nothing starts", async () => {
  const broken = file("broken.yaml", MESH.replace("subset: v2", "subset: v3").replace("requestMutation", "requestMutations"));
  const { code, output } = await meltemi("run", "-f", broken);
  assert.equal(code, 1);
  assert.match(output, /broken\.yaml.*subset.*v3/);
  assert.match(output, /requestMutations.*did you mean/);
  assert.match(output, /2 errors; nothing was started/);
  assert.doesNotMatch(output, /ready/);
});

test("a port that somebody has, or an address that is none of this machine: one line, exit code 1, and nothing starts", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo, entry = (address: string): string => file("taken.yaml", MESH.replace("number: 0", `number: ${port}`).replace("addresses: [127.0.0.1]", `addresses: [${address}]`));
  try {
    for (const [address, why] of [["127.0.0.1", "another program already listens there"], ["192.0.2.1", "this machine has no such address"]] as const) {
      for (const watch of [[], ["--no-watch"]]) {
        const { code, output } = await meltemi("run", "-f", entry(address), ...watch);
        assert.equal(code, 1, output);
        assert.match(output, new RegExp(`(^|\n)${address}:${port} \\(greeter.example\\): ${why}: [^\n]+\n$`));
      }
    }
    const bootstrap = file("taken.json", JSON.stringify({ static_resources: { listeners: [{ name: "mine", address: { socket_address: { address: "127.0.0.1", port_value: port } } }] } }));
    const { code, output } = await meltemi("envoy", bootstrap);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`^127\\.0\\.0\\.1:${port} \\(mine\\): another program`));
  } finally {
    other.close();
  }
});

test("build makes a module of one's own, with its traits beside it", async () => {
  const out = join(folder, "mine.wasm");
  const { code, output } = await meltemi("build", join(ROOT, "examples/awesomerpc/index.ts"), "-o", out);
  assert.equal(code, 0, output);
  assert.match(output, /mine\.wasm +[\d,]+ bytes/);
  const { codecs } = JSON.parse(readFileSync(join(folder, "mine.json"), "utf8")) as { codecs: { name: string }[] };
  assert.deepEqual(codecs.map(({ name }) => name), ["awesomerpc"]);
});

test("a codec of somebody else's: its traits come with its module, the control plane knows nothing of it", async () => {
  const out = join(folder, "toy.wasm");
  assert.equal((await meltemi("build", join(ROOT, "tests/toy/index.ts"), "-o", out)).code, 0);
  const mesh = MESH.replaceAll("awesomerpc", "toy");
  const unknown = await meltemi("config", "-f", file("toy.yaml", mesh));
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /toy/);
  const known = await meltemi("config", "-f", file("toy.yaml", mesh), "--wasm", out);
  assert.equal(known.code, 0, known.output);
  assert.match(known.output, /toy\.wasm/);
  const unsettable = await meltemi("config", "-f", file("toy.yaml", mesh.replace("key: tracing", "key: verb")), "--wasm", out);
  assert.equal(unsettable.code, 1);
  assert.match(unsettable.output, /cannot change the key "verb" of a request/);
});

test("run: one ready line, traffic, and no process left after SIGTERM and Ctrl-C", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const child = await spawn(process.execPath, [CLI, "run", "-f", file("mesh.yaml", MESH)], { name: "meltemi run", cwd: folder });
    try {
      const ready = await child.waitFor(/ready: 127\.0\.0\.1:(\d+) \(greeter\.example, awesomerpc\), admin 127\.0\.0\.1:\d+\n/, 60_000);
      const client = await AwesomeClient.connect(Number(ready[1]));
      assert.match((await client.call({ user: "x" })).body.toString(), /could not be reached/, "there is no server");
      await client.close();
      const started = descendants(child.pid);
      assert.ok(started.length >= 2, "func-e and Envoy");
      child.signal(signal);
      assert.deepEqual(await child.exited, { code: 0, signal: null });
      await until("all processes are gone", 5000, () => processes().every(({ pid }) => !started.includes(pid)));
    } finally {
      await child.stop();
    }
  }
});

test("nothing of it is left when npx, which started it, is ended, and when it is killed itself", async () => {
  const bootstrap = file("empty.json", "{}");
  for (const victim of ["starter", "itself"] as const) {
    // as npx does it: a shell that is told of no signal
    const starter = await spawn("sh", ["-c", `"${process.execPath}" "${CLI}" envoy "${bootstrap}"; :`], { name: "npx", cwd: folder });
    try {
      await starter.waitFor(/ready: /, 60_000);
      const started = descendants(starter.pid);
      assert.ok(started.length >= 3, "node, func-e and Envoy");
      process.kill(victim === "starter" ? starter.pid : started[0]!, victim === "starter" ? "SIGTERM" : "SIGKILL");
      await until("all processes are gone", 20_000, () => processes().every(({ pid, state }) => !started.includes(pid) || state === "Z"));
    } finally {
      await starter.stop();
    }
  }
});

/** What a process has started, and what that has. */
function descendants(parent: number): number[] {
  const all = processes();
  const below = (pid: number): number[] => all.filter((one) => one.parent === pid).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(parent);
}
