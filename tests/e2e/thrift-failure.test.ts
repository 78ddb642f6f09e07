/** Thrift servers that stop, die and are not there, and clients that send rubbish: what the others see. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { startClient, startServer, type Library, type Result, type Stack, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, oneConnection, serviceEntry, startMesh, withLimits } from "./mesh.ts";
import { framed, hostile, message, REPLY } from "./thrift-bytes.ts";

const MIB = 1 << 20;
const INTERNAL_ERROR = 6;
const LANE_OPEN_MS = 2000;
/** Every library, transport and protocol at least once. */
const CLIENTS: [Library, Stack][] = [
  ["python", { transport: "framed", protocol: "binary" }], ["python", { transport: "buffered", protocol: "compact" }],
  ["python", { transport: "header", protocol: "compact" }], ["thriftpy2", { transport: "buffered", protocol: "binary" }],
  ["node", { transport: "framed", protocol: "compact" }], ["node", { transport: "buffered", protocol: "binary" }],
  ["go", { transport: "framed", protocol: "binary" }], ["go", { transport: "header", protocol: "compact" }],
];
const UNREACHABLE = /could not be reached|no healthy endpoint/;
const nameOf = ([library, { transport, protocol }]: typeof CLIENTS[number]): string => `${library} ${transport} ${protocol}`;

const servers: Record<string, ThriftServer> = {};
const direct: Record<string, ThriftClient> = {};
let halfway: Server, mesh: Mesh;
const ports: Record<string, number> = {};

before(async () => {
  for (const name of ["good", "killed", "stopped", "single"]) {
    servers[name] = await startServer("python", { name, transport: "header" });
    direct[name] = await startClient("go", { port: servers[name].port });
  }
  halfway = createServer((socket) => socket.on("error", () => socket.destroy()).once("data", (asked) => answerHalf(asked, (bytes) => socket.end(bytes))));
  halfway.listen(0, "127.0.0.1");
  await once(halfway, "listening");
  const endpoints: Record<string, number[]> = {
    ...Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, [port]])), refused: [await freePort()],
    halfway: [(halfway.address() as AddressInfo).port],
  };
  mesh = await startMesh([
    ...Object.entries(endpoints).map(([name, all]) => serviceEntry(`${name}.example`, `tcp-thrift-${name}`, all.map((port) => [port]))), oneConnection("single"),
  ].join("\n---\n"), { plugin: withLimits("single.example", { laneOpenMs: LANE_OPEN_MS }) });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[Object.keys(endpoints).find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await Promise.allSettled([...Object.values(direct).map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled(Object.values(servers).map((server) => server.kill()));
  halfway?.close();
});

/** The first half of a reply in the request's own framing, for binary requests. */
function answerHalf(asked: Buffer, write: (bytes: Buffer) => void): void {
  const size = asked.includes("large") ? 4 * MIB : 1000;
  const reply = message(REPLY, "echo", Buffer.alloc(size, 0x61), asked.readUInt32BE(asked.indexOf("echo") + 4));
  write((asked[0] === 0 ? framed(reply) : reply).subarray(0, size / 2));
}

/** Work with all clients of a list at once, each with its name. */
async function withClients(service: string, list: typeof CLIENTS, work: (clients: [ThriftClient, string][]) => Promise<void>): Promise<void> {
  const clients = await Promise.all(list.map(([library, stack]) => startClient(library, { port: ports[service]!, ...stack })));
  try {
    await work(clients.map((client, i) => [client, nameOf(list[i]!)]));
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}

const echoes = (clients: [ThriftClient, string][], timeout?: number, text = "x"): Promise<[Result, string][]> =>
  Promise.all(clients.map(async ([client, name]) => [await client.call({ method: "echo", args: [text], timeout }), name]));

/** What each client says of a failure; the words of ours are looked for, those of the library are its own. */
function isOurs(result: Result, text: RegExp, name: string): void {
  assert.deepEqual([result.ok, result.class, result.type], [false, "TApplicationException", INTERNAL_ERROR], `${name}: ${JSON.stringify(result)}`);
  assert.match(result.error!, text, name);
}

describe("the failure table", () => {
  test("the server's port is closed: INTERNAL_ERROR with a reason, at once, and again", () => withClients("refused", CLIENTS, async (clients) => {
    for (let n = 0; n < 2; n++) {
      for (const [result, name] of await echoes(clients)) isOurs(result, UNREACHABLE, name);
    }
  }));

  test("the server is killed in the middle of calls: each gets exactly one INTERNAL_ERROR", () => withClients("killed", CLIENTS, async (clients) => {
    const pending = clients.map(([client]) => client.call({ method: "sleep", args: [20_000, "never"], timeout: 15_000 }));
    await until("all calls are with the server", 10_000, async () => (await direct.killed!.call({ method: "calls", args: ["sleep"] })).value === CLIENTS.length);
    await servers.killed!.kill();
    for (const [i, result] of (await Promise.all(pending)).entries()) isOurs(result, /closed the connection before it answered/, clients[i]![1]);
    for (const [result, name] of await echoes(clients)) isOurs(result, UNREACHABLE, name);
  }));

  test("the server is halted: each client runs into its own timeout, and goes on when the server does", async () => {
    // thriftpy2 has no timeout that a call can change
    await withClients("stopped", CLIENTS.filter(([library]) => library !== "thriftpy2"), async (clients) => {
      for (const [result, name] of await echoes(clients)) assert.equal(result.ok, true, name);
      await servers.stopped!.halt();
      for (const [late, name] of await echoes(clients, 500)) {
        assert.equal(late.ok, false, name);
        assert.notEqual(late.class, "TApplicationException", `${name}: ${late.error}`);
      }
      servers.stopped!.signal("SIGCONT");
      await until("all are served again", 10_000, async () => (await echoes(clients)).every(([result]) => result.value === "x"));
    });
  });

  test("more connections than the cluster may have: INTERNAL_ERROR after laneOpenMs; when one is free, the next is served", async () => {
    await withClients("single", CLIENTS, async (clients) => {
      const [[first], ...others] = clients as [typeof clients[number], ...typeof clients];
      assert.equal((await first.call({ method: "echo", args: ["x"] })).value, "x");
      for (const [result, name] of await echoes(others)) isOurs(result, /no connection to the server in time/, name);
      await first.stop();
      await until("another one is served", 10_000, async () => (await echoes(others.slice(0, 1)))[0]![0].value === "x");
    });
  });

  test("the server ends in the middle of an answer: an INTERNAL_ERROR if nothing of it was passed on, otherwise the end of the connection", async () => {
    await withClients("halfway", CLIENTS.filter(([, { transport, protocol }]) => protocol === "binary" && transport !== "header"), async (clients) => {
      for (const [cut, name] of await echoes(clients)) {
        assert.equal(cut.ok, false, name);
        if (cut.class === "TApplicationException") isOurs(cut, /closed the connection before it answered/, name);
      }
      for (const [cut, name] of await echoes(clients, undefined, "large")) {
        assert.equal(cut.ok, false, name);
        assert.notEqual(cut.class, "TApplicationException", `${name}: ${cut.error}`);
      }
    });
  });

  test("no reply was unknown or second", async () => assert.equal(await mesh.count("meltemi_unknown_replies"), 0));
});

test("hostile bytes: the connection that sends them ends, others go on, no VM dies, memory stays bounded", async () => {
  const before = mesh.envoy.rss();
  let over = false;
  const good = withClients("good", CLIENTS.slice(0, 6), async (clients) => {
    const rounds = clients.map(async ([client, name]) => {
      for (let first = true; first || !over; first = false) {
        const { results, errors } = await client.many({ count: 50, calls: [{ method: "echo", args: ["{n}"] }] });
        assert.deepEqual([Object.keys(results).length, errors], [50, {}], name);
      }
    });
    await Promise.all(rounds);
  });
  for (const bytes of hostile()) {
    const socket = connect(ports.good!, "127.0.0.1");
    socket.on("error", () => socket.destroy());
    await once(socket, "connect");
    socket.end(bytes);
    socket.resume();
    await once(socket, "close");
  }
  over = true;
  await good;
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|wasm.*(failed|crash|RuntimeError)/i);
  assert.ok(mesh.envoy.rss() - before < 64 * MIB, `grew by ${(mesh.envoy.rss() - before) / MIB} MiB`);
});
