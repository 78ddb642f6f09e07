/** `meltemi serve`, `bootstrap` and `run` as people use them: processes, files, certificates. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { startEnvoy } from "../../harness/envoy/envoy.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { type Child, run, spawn } from "../../harness/tools/process.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder } from "./plane.ts";

const CLI = join(ROOT, "harness/cli/meltemi.mjs"), TLS = join(import.meta.dirname, "tls");
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function meltemi(...args: string[]): Promise<Child> {
  const child = await spawn(process.execPath, [CLI, ...args], { name: `meltemi ${args[0]}` });
  ends.push(() => child.stop());
  return child;
}

async function server(name: string): Promise<AwesomeServer> {
  const started = await new AwesomeServer(name).start();
  ends.push(() => started.stop());
  return started;
}

function folder(): Folder {
  const made = new Folder();
  ends.push(() => made.remove());
  return made;
}

const entry = ({ port }: AwesomeServer): string => serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[port]]);
const who = async (client: AwesomeClient): Promise<string | undefined> => (await client.call({})).headers.find(([key]) => key === "server")?.[1];

async function client(port: number): Promise<AwesomeClient> {
  const connected = await AwesomeClient.connect(port);
  ends.push(() => connected.close());
  return connected;
}

test("run: what is written to the resources is in force for the next request of an open connection; a mistake is told and changes nothing", async () => {
  const [a, b] = await Promise.all([server("a"), server("b")]), mesh = folder();
  mesh.write(entry(a));
  const child = await meltemi("run", "-f", mesh.path);
  const [, port] = await child.waitFor(/ready: 127\.0\.0\.1:(\d+) \(greeter\.example, awesomerpc\), admin 127\.0\.0\.1:\d+\n/, 60_000);
  const open = await client(Number(port));
  assert.equal(await who(open), "a");
  mesh.write(entry(b));
  await until("the other endpoint", 10_000, async () => await who(open) === "b");
  mesh.write(entry(a).replace("STATIC", "STATICAL"));
  await child.waitFor(/refused: .*mesh\.yaml:\d+: document 1, spec\.resolution: .*STATICAL/, 10_000);
  assert.equal(await who(open), "b");
  child.signal("SIGTERM");
  assert.deepEqual(await child.exited, { code: 0, signal: null });
});

/** Puts certificates in place, one file after the other: Envoy looks when one is moved there. */
function place(certificates: string, set: string): void {
  for (const name of ["ca.crt", "server.crt", "server.key", "shop.crt", "shop.key"]) {
    copyFileSync(join(TLS, set, name), join(certificates, `${name}.new`));
    renameSync(join(certificates, `${name}.new`), join(certificates, name));
  }
}

/** The certificate that a server shows to a client with that of `set`; an Error if it does not let it in. */
function shown(port: number, set: string): Promise<PeerCertificate> {
  const read = (name: string): Buffer => readFileSync(join(TLS, set, name));
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca: read("ca.crt"), cert: read("shop.crt"), key: read("shop.key"), servername: "greeter.example", ALPNProtocols: ["h2"] });
    // with TLS 1.3 a client that is not let in hears of it with the first bytes
    socket.once("data", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    }).once("error", reject).once("close", () => reject(new Error("closed")));
  });
}

test("serve with mutual TLS: certificates are read anew on both sides, without it nobody gets in", async () => {
  const [a, b] = await Promise.all([server("a"), server("b")]), mesh = folder(), certificates = join(mesh.path, ".tls"), at = (name: string): string => join(certificates, name);
  mkdirSync(certificates);
  place(certificates, ".");
  mesh.write(entry(a));
  const started = (port: string): Promise<Child> => meltemi("serve", "-f", mesh.path, "--port", port, "--status-port", "0", "--tls-cert", at("server.crt"), "--tls-key", at("server.key"), "--tls-ca", at("ca.crt"));
  const first = await started("0");
  const [, port, status] = await first.waitFor(/ready: xDS 127\.0\.0\.1:(\d+), status (http:\S+)\n/, 60_000);
  const out = at("envoy.json");
  const made = await run(process.execPath, [CLI, "bootstrap", "--xds", `127.0.0.1:${port}`, "--node", "edge", "--tls-ca", at("ca.crt"), "--tls-cert", at("shop.crt"), "--tls-key", at("shop.key"), "--tls-name", "greeter.example", "-o", out]);
  assert.equal(made.code, 0, made.output);
  const envoy = await startEnvoy({ bootstrap: JSON.parse(readFileSync(out, "utf8")) as Bootstrap, logLevel: "info" });
  ends.push(() => envoy.stop());
  const listening = [...(await envoy.listeners()).values()][0]!, open = await client(listening.port);
  assert.equal(await who(open), "a");
  assert.equal((await (await fetch(status!)).json() as { envoys: { node: string }[] }).envoys[0]!.node, "edge");
  await assert.rejects(shown(Number(port), "second"), "a client of another authority");

  place(certificates, "second");
  const renewed = await until("the new certificate", 15_000, () => shown(Number(port), "second"));
  assert.equal(renewed.subject.CN, "greeter");
  await assert.rejects(shown(Number(port), "."), "a client of the authority before");
  mesh.write(entry(b));
  await until("what runs is not cut off by new certificates", 10_000, async () => await who(open) === "b");

  await first.stop();
  const second = await started(port!);
  await second.waitFor(/ready: xDS/, 60_000);
  mesh.write(entry(a));
  await until("the Envoy is back, with its new certificate", 60_000, async () => await who(open) === "a");
  assert.doesNotMatch(first.output() + second.output(), /PRIVATE KEY/);
});

test("used wrongly: exit code 2, and what to do", async () => {
  const cases: [string[], RegExp][] = [
    [["serve", "-f", "nowhere"], /-f nowhere: there is no such file or folder/],
    [["serve", "-f", ".", "--port", "x"], /--port <port>.*'x' is invalid\. allowed: 0\.\.65535/],
    [["serve", "-f", ".", "--tls-cert", "x"], /--tls-cert and --tls-key must be given together/],
    [["serve", "-f", ".", "--tls-ca", "x"], /--tls-ca needs --tls-cert and --tls-key/],
    [["bootstrap"], /required option '--xds/],
    [["bootstrap", "--xds", "nowhere"], /allowed: <address>:<port>/],
    [["bootstrap", "--xds", "a:1", "--tls-name", "x"], /TLS needs --tls-ca/],
  ];
  for (const [args, text] of cases) {
    const { code, output } = await run(process.execPath, [CLI, ...args], { cwd: ROOT });
    assert.equal(code, 2, `${args.join(" ")}: ${output}`);
    assert.match(output, text);
  }
  const broken = await run(process.execPath, [CLI, "serve", "-f", ".", "--tls-cert", CLI, "--tls-key", CLI], { cwd: ROOT });
  assert.deepEqual([broken.code, /TLS: .*meltemi\.mjs/.test(broken.output)], [1, true], broken.output);
});
