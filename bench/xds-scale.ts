/**
 * The control plane at scale: `node --import tsx bench/xds-scale.ts [services] [endpoints of each] [Envoys]` prints a table and writes it to
 * bench/results/xds-scale.md. The Envoys are simulated in a process of their own: one delta stream each for everything, and one of a
 * filter for the first listener, whose endpoint then changes. They count what they get, and take it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Client, credentials } from "@grpc/grpc-js";
import { ControlPlane, type ProviderListener } from "../control-plane/index.ts";
import { MODULES } from "../control-plane/testdata/fixtures.ts";
import { EnvoyApi } from "../control-plane/xds/api.ts";
import { typeUrl } from "../control-plane/xds/types.ts";
import { envoyApi } from "../harness/build/envoy-api.ts";
import { ROOT } from "../harness/tools/paths.ts";
import { until } from "../harness/tools/wait.ts";

const [services = 5000, endpoints = 10, envoys = 200] = process.argv.slice(2, 5).map(Number);
const LONGEST_MS = 600_000, MIB = 1 << 20, SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const FIRST_LISTENER = "127.1.0.1_7000";

/** A ServiceEntry; `moved`: its last endpoint is another one. */
function source(i: number, moved = false): { file: string; text: string } {
  const addresses = Array.from({ length: endpoints }, (_, e) => ({ address: `10.${i >> 8}.${i & 255}.${e + 1 < endpoints || !moved ? e + 1 : 250}`, labels: { version: `v${e % 2}` } }));
  const spec = { hosts: [`s${i}.example`], resolution: "STATIC", addresses: [`127.${1 + (i >> 8)}.${i & 255}.1`], ports: [{ number: 7000, name: "tcp-dubbo" }], endpoints: addresses };
  return { file: `s${i}`, text: JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: `s${i}` }, spec }) };
}

interface Told { first?: number; table?: number; bytes: number }

/** The other process: all Envoys. */
async function simulate(port: number): Promise<void> {
  const api = new EnvoyApi(await envoyApi()), names = Array.from({ length: services }, (_, i) => `outbound|7000||s${i}.example`);
  const told: Told = { first: 0, table: 0, bytes: 0 };
  const open = (node: string, heard: (type: string, ask: (fields: object) => void) => void): ((fields: object) => void) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.max_receive_message_length": -1, "grpc.use_local_subchannel_pool": 1 });
    let first = true;
    const call = client.makeBidiStreamRequest(SERVICE, (fields: object) => Buffer.from(api.write("envoy.service.discovery.v3.DeltaDiscoveryRequest", fields)), (bytes: Buffer) => bytes);
    const ask = (fields: object): void => {
      call.write(first ? { node: { id: node, cluster: "bench" }, ...fields } : fields);
      first = false;
    };
    call.on("error", () => undefined).on("data", (bytes: Buffer) => {
      const { type, nonce } = envelope(bytes);
      told.bytes += bytes.length;
      ask({ typeUrl: type, responseNonce: nonce });
      heard(type, ask);
    });
    return ask;
  };
  for (let i = 0; i < envoys; i++) {
    let begun = false;
    open(`envoy-${i}`, (type, ask) => {
      if (begun) return;
      if (type === typeUrl("clusters")) ask({ typeUrl: typeUrl("endpoints"), resourceNamesSubscribe: names });
      else if (type === typeUrl("endpoints")) ask({ typeUrl: typeUrl("listeners") });
      else {
        begun = true;
        told.first!++;
        open(`envoy-${i}`, () => void told.table!++)({ typeUrl: typeUrl("tables"), resourceNamesSubscribe: [FIRST_LISTENER] });
      }
    })({ typeUrl: typeUrl("clusters") });
  }
  setInterval(() => process.send!(told), 20);
}

/** Type and nonce of a response; its resources are not looked at. */
function envelope(bytes: Buffer): { type: string; nonce: string } {
  const reader = new BinaryReader(bytes);
  let type = "", nonce = "";
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 4) type = reader.string();
    else if (field === 5) nonce = reader.string();
    else reader.skip(wire);
  }
  return { type, nonce };
}

async function measure(): Promise<void> {
  let tell: ProviderListener | undefined, told: Told = { bytes: 0 };
  const provider = { name: "bench", start: (listener: ProviderListener) => { tell = listener; return Promise.resolve(); }, stop: () => Promise.resolve() };
  const plane = new ControlPlane({ providers: [provider], modules: MODULES, wasmOf: () => "dubbo.wasm", descriptors: await envoyApi(), log: () => undefined });
  const port = await plane.start("127.0.0.1:0"), rows: [string, string][] = [];
  const seconds = async (what: string, done: () => unknown): Promise<void> => {
    const start = performance.now();
    await until(what, LONGEST_MS, done);
    rows.push([what, `${((performance.now() - start) / 1000).toFixed(2)} s`]);
    process.stderr.write(`${rows.at(-1)!.join(": ")}\n`);
  };
  const memory = (when: string): void => void rows.push([`RSS of the control plane, ${when}`, `${Math.round(process.memoryUsage().rss / MIB)} MiB`]);
  const sources = Array.from({ length: services }, (_, i) => source(i));
  tell!.changed(sources);
  await seconds("all resources read, translated and encoded", () => plane.xds.snapshot);
  memory("before anybody has come");
  const child: ChildProcess = fork(import.meta.filename, [...process.argv.slice(2, 5).length === 3 ? process.argv.slice(2, 5) : [services, endpoints, envoys].map(String), String(port)], { execArgv: ["--import", "tsx"] });
  child.on("message", (message: Told) => { told = message; });
  try {
    await seconds(`first push: ${envoys} Envoys have everything`, () => told.first === envoys && told.table === envoys);
    rows.push(["first push, bytes for one Envoy", `${(told.bytes / envoys / MIB).toFixed(1)} MiB`]);
    memory("with all Envoys");
    const before = told.bytes;
    tell!.changed([source(0, true), ...sources.slice(1)]);
    await seconds(`one endpoint of ${services * endpoints} changes: the filters of ${envoys} Envoys have it`, () => told.table === 2 * envoys);
    await until("the last step", LONGEST_MS, () => [...plane.xds.nodes.values()].every(({ streams }) => [...streams].every((stream) => stream.settled("endpoints"))));
    rows.push(["that change, bytes for one Envoy", `${Math.round((told.bytes - before) / envoys)} B`]);
    memory("after it");
  } finally {
    child.kill();
    await plane.stop();
  }
  const text = ["# The control plane at scale", "", `Made by \`node --import tsx bench/xds-scale.ts ${services} ${endpoints} ${envoys}\`: ${services} services with ${endpoints} endpoints each, ${envoys} simulated Envoys that ask for all, delta.`, "", "| | |", "|---|---|", ...rows.map(([what, value]) => `| ${what} | ${value} |`), ""].join("\n");
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  const file = join(ROOT, "bench/results/xds-scale.md");
  writeFileSync(file, text);
  process.stdout.write(readFileSync(file, "utf8"));
}

const port = process.argv[5];
await (port === undefined ? measure() : simulate(Number(port)));
