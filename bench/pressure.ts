/**
 * What Envoy keeps while one side is slow: `node --import tsx bench/pressure.ts` prints a table and writes it to
 * bench/results/pressure.md. Redis commands with one value of 512 MiB, sent as fast as they are taken, through lanes, inline,
 * and a plain tcp_proxy as the floor; a fresh Envoy for each line.
 */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatProblem, translate } from "../control-plane/index.ts";
import { loadModules } from "../harness/cli/modules.ts";
import type { Bootstrap } from "../harness/envoy/config.ts";
import { type EnvoyHandle, startEnvoy } from "../harness/envoy/envoy.ts";
import { ROOT } from "../harness/tools/paths.ts";
import { until } from "../harness/tools/wait.ts";

const MIB = 1 << 20, VALUE = 512 * MIB, SECONDS = Number(process.env.MELTEMI_BENCH_SECONDS ?? 6);
/** Seconds in which buffers fill on the way; the pace is that of the others. */
const FILLING = SECONDS / 3;
const PIECE = Buffer.alloc(MIB, 0x61);
const KINDS = ["tcp_proxy", "inline", "lanes"] as const;
type Kind = (typeof KINDS)[number];

/** Bytes a second that the slow side reads; 0: none. */
const PACES: [string, number][] = [["40 MB/s", 40e6], ["1 MiB/s", MIB], ["nothing", 0]];

/** The value, as fast as it is taken. Returns how to ask how many bytes were. */
function pour(socket: Socket, start: string): () => number {
  socket.on("error", () => socket.destroy());
  socket.write(start);
  let left = VALUE;
  const more = (): void => {
    while (left > 0 && socket.write(PIECE)) left -= PIECE.length;
  };
  socket.on("drain", () => {
    left -= PIECE.length;
    more();
  });
  more();
  return () => socket.bytesWritten - socket.writableLength;
}

/** Reads at a pace until told to end. */
async function sip(socket: Socket, pace: number, isOver: () => boolean): Promise<void> {
  socket.on("error", () => socket.destroy()).pause();
  const start = Date.now();
  let total = 0;
  while (!isOver()) {
    const there = Math.min(Math.floor(pace * (Date.now() - start) / 1000) - total, socket.readableLength);
    if (there > 0) total += (socket.read(there) as Buffer | null)?.length ?? 0;
    else if (pace > 0) socket.read(0);
    await delay(5);
  }
}

/** A server that accepts one connection. */
async function listen(): Promise<{ port: number; accepted: Promise<Socket>; close: () => void }> {
  const sockets: Socket[] = [], server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
  const accepted = once(server, "connection").then(([socket]) => socket as Socket);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, accepted, close: () => [...sockets, server].forEach((one) => "destroy" in one ? one.destroy() : one.close()) };
}

async function bootstrapOf(kind: Kind, port: number): Promise<Bootstrap> {
  if (kind === "tcp_proxy") {
    const address = (value: number): object => ({ socket_address: { address: "127.0.0.1", port_value: value } });
    const proxy = { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", stat_prefix: "floor", cluster: "server" };
    return { static_resources: {
      listeners: [{ name: "floor", address: address(0), filter_chains: [{ filters: [{ name: "tcp", typed_config: proxy }] }] }],
      clusters: [{ name: "server", type: "STATIC", load_assignment: { cluster_name: "server", endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] } }],
    } };
  }
  const entry = { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry",
    metadata: { name: "cache", annotations: kind === "inline" ? { "meltemi.io/upstream": "inline" } : {} },
    spec: { hosts: ["cache.example"], resolution: "STATIC", ports: [{ number: 0, name: "tcp-redis", protocol: "TCP" }],
      endpoints: [{ address: "127.0.0.1", ports: { "tcp-redis": port } }] } };
  const routes = { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "cache" },
    spec: { hosts: ["cache.example"], http: [{ match: [{ headers: { key: { exact: "k" } } }], route: [{ destination: { host: "cache.example" } }] }] } };
  const result = translate([{ file: "bench", text: [entry, routes].map((one) => JSON.stringify(one)).join("\n---\n") }], { wasm: "", modules: await loadModules() });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.bootstrap as Bootstrap;
}

/** Bytes of resident memory before, at most, and once both sides have gone; bytes a second of the held side, when buffers were full. */
interface Line { before: number; most: number; after: number; pace: number }

/** One case: the client, the server's side of the connection, and when it is over. Returns how to ask for the bytes that the held side got rid of. */
type Work = (client: Socket, server: Promise<Socket>, isOver: () => boolean) => Promise<() => number>;

/** Runs a case on a fresh Envoy. */
async function measure(kind: Kind, work: Work): Promise<Line> {
  const server = await listen();
  let envoy: EnvoyHandle | undefined, client: Socket | undefined, over = false;
  try {
    envoy = await startEnvoy({ bootstrap: await bootstrapOf(kind, server.port), concurrency: 1 });
    const port = [...(await envoy.listeners()).values()][0]!.port;
    const before = envoy.rss();
    let most = before;
    client = connect(port, "127.0.0.1").on("error", () => client?.destroy());
    await once(client, "connect");
    const taken = await work(client, server.accepted, () => over), running = envoy;
    const watch = async (seconds: number): Promise<void> => {
      for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(10)) most = Math.max(most, running.rss());
    };
    await watch(FILLING);
    const start = Date.now(), first = taken();
    await watch(SECONDS - FILLING);
    const pace = (taken() - first) / ((Date.now() - start) / 1000);
    over = true;
    client.destroy();
    server.close();
    await until("the connections are gone", 10_000, async () => [...(await running.stats("_cx_active$")).entries()].every(([name, count]) => name.includes("admin") || count === 0));
    return { before, most, after: running.rss(), pace };
  } finally {
    over = true;
    client?.destroy();
    server.close();
    await envoy?.stop();
  }
}

const toServer = (pace: number): Work => async (client, server, isOver) => {
  const taken = pour(client, `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${VALUE}\r\n`);
  void sip(await server, pace, isOver);
  return taken;
};

const toClient = (pace: number): Work => async (client, server, isOver) => {
  client.pause().write("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  const taken = pour(await server, `$${VALUE}\r\n`);
  void sip(client, pace, isOver);
  return taken;
};

/** Every command is refused, and nobody reads the errors. Inline, the server answers a PING in the place of each. */
const refused: Work = (client, server) => {
  const commands = Buffer.from("*2\r\n$3\r\nGET\r\n$7\r\nnowhere\r\n".repeat(40_000)), ping = "*1\r\n$4\r\nPING\r\n".length;
  client.pause();
  const more = (): void => { while (client.write(commands)); };
  client.on("drain", more);
  more();
  void server.then((socket) => {
    let bytes = 0;
    socket.on("error", () => socket.destroy()).on("drain", () => socket.resume()).on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (!socket.write("+PONG\r\n".repeat(Math.floor(bytes / ping)))) socket.pause();
      bytes %= ping;
    }).resume();
  });
  return Promise.resolve(() => client.bytesWritten - client.writableLength);
};

const cases: [string, readonly Kind[], Work][] = [
  ...PACES.map(([name, pace]): typeof cases[number] => [`client to a server that reads ${name}`, KINDS, toServer(pace)]),
  ...PACES.map(([name, pace]): typeof cases[number] => [`server to a client that reads ${name}`, KINDS, toClient(pace)]),
  ["local replies to a client that reads nothing", ["inline", "lanes"], refused],
];

const rows: string[] = ["| | | RSS before, MiB | at most | grew by | after | the fast side is held to |", "|---|---|---|---|---|---|---|"];
for (const [name, kinds, work] of cases) {
  for (const kind of kinds) {
    const { before, most, after, pace } = await measure(kind, work), mib = (bytes: number): string => (bytes / MIB).toFixed(1);
    rows.push(`| ${name} | ${kind} | ${mib(before)} | ${mib(most)} | ${mib(most - before)} | ${mib(after)} | ${(pace / 1e6).toFixed(1)} MB/s |`);
    process.stdout.write(`${rows.at(-1)}\n`);
  }
}
const page = `# Back-pressure\n\nMade by \`node --import tsx bench/pressure.ts\`: ${SECONDS} seconds a line, one worker, one connection; the pace is that of the last two thirds.\n\n${rows.join("\n")}\n`;
mkdirSync(join(ROOT, "bench/results"), { recursive: true });
writeFileSync(join(ROOT, "bench/results/pressure.md"), page);
