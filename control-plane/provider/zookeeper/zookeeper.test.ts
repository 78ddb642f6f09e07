import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { startJavaServer, type JavaServer } from "../../../harness/peers/dubbo/index.ts";
import type { Restartable } from "../../../harness/peers/restartable.ts";
import { startZooKeeper } from "../../../harness/peers/zookeeper/index.ts";
import { until } from "../../../harness/tools/wait.ts";
import { listen, type Listening } from "../testing/listening.ts";
import type { Provider } from "../provider.ts";
import { registryProvider } from "../registry.ts";
import { ZooKeeperWriter } from "./testing/writer.ts";

const DEMO = "org.x.Demo", HOST = "org.x.demo";

let server: Restartable, client: ZooKeeperWriter, provider: Provider, told: Listening;

before(async () => {
  server = await startZooKeeper();
  client = await connected();
  provider = registryProvider(`zookeeper://127.0.0.1:${server.port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  client?.close();
  await server?.stop();
});

const connected = () => ZooKeeperWriter.open(`127.0.0.1:${server.port}`);

/** A client whose server was away is over. */
async function reconnect(): Promise<void> {
  client.close();
  client = await connected();
}

const node = (port: number, parameters = "", name = DEMO) => `/dubbo/${name}/providers/${encodeURIComponent(`dubbo://10.0.0.1:${port}/${name}?interface=${name}${parameters}`)}`;
const make = (path: string) => client.make(path);
const remove = (path: string) => client.remove(path);

test("a provider that registers, changes or leaves shows within a second, and the last one empties the service", async () => {
  const times: number[] = [];
  await make(node(1));
  times.push(await told.has(HOST, ["10.0.0.1:1"]));
  for (let port = 2; port <= 6; port++) {
    await make(node(port));
    times.push(await told.has(HOST, Array.from({ length: port }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  await make(node(1, "&weight=7"));
  await remove(node(1));
  await until("the weight changes", 5000, () => told.source(HOST)?.text.includes('"weight": 7'));
  await remove(node(1, "&weight=7"));
  for (let port = 6; port >= 2; port--) {
    times.push(await told.has(HOST, Array.from({ length: port - 1 }, (_, i) => `10.0.0.1:${i + 2}`)));
    await remove(node(port));
  }
  times.push(await told.has(HOST, []));
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${slow.length} of ${times.length} took longer than a second: ${times.join(" ")} ms`);
});

test("a configurator takes a server out, and back", async () => {
  const rule = `/dubbo/${DEMO}/configurators/${encodeURIComponent(`override://10.0.0.1:2/${DEMO}?category=configurators&disabled=true`)}`;
  await make(node(1));
  await make(node(2));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2"]);
  await make(rule);
  await told.has(HOST, ["10.0.0.1:1"]);
  await remove(rule);
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2"]);
  await remove(node(2));
});

test("an entry that cannot be read is told once with its path, and harms no other", async () => {
  const bad = `/dubbo/${DEMO}/providers/nonsense`;
  await make(bad);
  await make(`/dubbo/*.com/providers`);
  await make(node(1, "", "org.x.Other"));
  await told.has("org.x.other", ["10.0.0.1:1"]);
  await make(node(3));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:3"]);
  assert.deepEqual(told.failures.filter((text) => text.includes("nonsense")), [`zookeeper:/dubbo/${DEMO}/providers: nonsense is not a Dubbo URL: skipped`]);
  assert.deepEqual(told.failures.filter((text) => text.includes("*")), ['zookeeper:/dubbo: "*.com" is not a valid interface name: skipped']);
  for (const path of [bad, node(3), "/dubbo/*.com/providers", "/dubbo/*.com"]) await remove(path);
  await told.has(HOST, ["10.0.0.1:1"]);
});

test("while ZooKeeper is away what it told last holds, and what changed meanwhile shows when it is back", async () => {
  const failures = told.failures.length, changes = told.changes();
  await server.kill();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1"]);
  await server.start();
  await reconnect();
  await make(node(4));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:4"], 30_000);
  assert.ok(told.changes() <= changes + 2, "nothing was told in between but that it is well again");
  await remove(node(4));
  await told.has(HOST, ["10.0.0.1:1"]);
});

test("a ZooKeeper that no longer answers is found out, and asked again when it does", async () => {
  const failures = told.failures.length;
  server.signal("SIGSTOP");
  try {
    await until("the silence is told", 20_000, () => told.failures.length > failures);
    assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1"]);
  } finally {
    server.signal("SIGCONT");
  }
  await reconnect();
  await make(node(5));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:5"], 30_000);
});

test("a server that talks nonsense, or closes each connection, is told and asked again; nothing is thrown", async () => {
  const talks = [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), Buffer.alloc(4096, 0x41), Buffer.from("\0\0\0\x25\0\0\0\0\0\0\x27\x10" + "\0".repeat(8) + "\0\0\0\x10" + "\0".repeat(16) + "\0" + "\0\0\0\x10\0\0\0\0" + "\0".repeat(8) + "\x87\0\0\x10", "latin1")];
  let connections = 0;
  const liar = createServer((socket) => socket.on("error", () => undefined).resume().end(talks[connections++ % talks.length]!));
  await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
  const other = registryProvider(`zookeeper://127.0.0.1:${(liar.address() as AddressInfo).port}`);
  const heard = await listen(other);
  try {
    await until("it is told", 20_000, () => heard.failures.length > 0 && connections > 5);
    assert.equal(heard.changes(), 0);
  } finally {
    await other.stop();
    liar.close();
  }
});

test("an ephemeral node goes with the session that made it", async () => {
  const other = await connected();
  await other.create(node(6), { ephemeral: true });
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:5", "10.0.0.1:6"]);
  other.close();
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:5"]);
});

test("a server that cannot be reached is passed over, and what only a user may read is told, and read with the password", async () => {
  const owner = await ZooKeeperWriter.open(`127.0.0.1:${server.port}`, "reader:secret");
  const servers = `127.0.0.1:1,127.0.0.1:${server.port}`;
  const without = registryProvider(`zookeeper://${servers}?group=private`), right = registryProvider(`zookeeper://reader:secret@${servers}?group=private`);
  try {
    await owner.create("/private", { owned: true });
    await owner.make(node(1).replace("/dubbo/", "/private/"));
    const refused = await listen(without), heard = await listen(right);
    await heard.has(HOST, ["10.0.0.1:1"]);
    await until("the refusal is told", 20_000, () => refused.failures.some((text) => text.includes("/private is refused: the user may not read it: give user:password in the address (-102)")));
    assert.equal(refused.changes(), 0);
  } finally {
    await Promise.all([without.stop(), right.stop()]);
    owner.close();
  }
});

test("real Dubbo servers: registered with all they say, gone on a graceful stop at once, and after a crash with their session", async () => {
  const host = "org.meltemi.demo.demo", servers: JavaServer[] = [];
  const start = async (name: string, more: object) => servers.push(await startJavaServer({ name, registry: `zookeeper://127.0.0.1:${server.port}?session=2000`, ...more }));
  try {
    await Promise.all([
      start("one", { weight: 30, parameters: { service_group: "user", aeraki_meta_locality: "bj/1" } }),
      // Dubbo 3's way: its application, once for all interfaces
      start("two", { registerMode: "instance", application: "orders" }),
    ]);
    const ports = () => servers.map(({ port }) => `127.0.0.1:${port}`);
    await told.has(host, ports());
    const text = told.source(host)!.text;
    for (const part of ['"weight": 30', '"service_group": "user"', '"locality": "bj/1"', '"application": "orders"']) assert.ok(text.includes(part), text);
    assert.ok(!text.includes("MetaRouter"), text);
    const [first, second] = servers.splice(0).sort((a, b) => (a.name < b.name ? -1 : 1)) as [JavaServer, JavaServer];
    servers.push(second);
    const stopping = first.stop();
    await told.has(host, ports());
    await stopping;
    servers.length = 0;
    await second.stop("SIGKILL");
    const ms = await told.has(host, [], 20_000);
    assert.ok(ms > 100, `gone after ${ms} ms: not by its session's end`);
  } finally {
    await Promise.all(servers.map((each) => each.stop("SIGKILL")));
  }
});
