/** Rules that change a thousand times under traffic, how soon a change is in force, and the goodbye of a listener that goes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const HOST = "greeter.example", PORT_NAME = "tcp-metaprotocol-awesomerpc";
const CONNECTIONS = 200, CHANGES = 1000, PAUSE_MS = 100;
const SAVED = 100;

async function stage(drain?: { seconds: number; timeoutMs: number }) {
  const folder = new Folder(), servers = await Promise.all(["a", "b"].map((name) => new AwesomeServer(name).start()));
  ends.push(() => folder.remove(), () => Promise.all(servers.map((server) => server.stop())));
  const fixed = [
    serviceEntry(HOST, PORT_NAME, servers.map(({ port }, i) => [port, { version: "ab"[i]! }])),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "greeter" }, spec: { host: HOST, subsets: ["a", "b"].map((name) => ({ name, labels: { version: name } })) } }),
  ];
  const rules = (i: number): string => JSON.stringify({
    apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "greeter" },
    spec: { hosts: [HOST], routes: [{ name: "all", route: [{ destination: { host: HOST, subset: "ab"[i % 2] } }], requestMutation: [{ key: "version", value: String(i) }] }] },
  });
  const write = (i: number): void => folder.write([...fixed, rules(i)].join("\n---\n"));
  write(0);
  const plane = await startPlane(folder, { drainTimeoutMs: drain?.timeoutMs });
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane, { concurrency: 2, drainSeconds: drain?.seconds });
  ends.push(() => envoy.stop());
  const port = await until("the listener", 20_000, async () => [...await envoy.listeners()].find(([name]) => name.includes(HOST))?.[1].port);
  return { folder, write, plane, envoy, port };
}

const seen = async (client: AwesomeClient): Promise<{ server: string; version: number }> => {
  const { status, body } = await client.call({});
  assert.equal(status, 0, body.toString());
  const { server, headers } = JSON.parse(body.toString()) as { server: string; headers: [string, string][] };
  return { server, version: Number(headers.find(([name]) => name === "version")?.[1]) };
};

test(`${CHANGES} changes under ${CONNECTIONS} connections: no error, no connection closed, and the listener stays as it is`, async (t) => {
  const { write, plane, envoy, port } = await stage();
  let over = false, calls = 0, newest = 0;
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => AwesomeClient.connect(port)));
  ends.push(() => Promise.all(clients.map((client) => client.close())));
  const work = clients.map(async (client) => {
    let last = 0;
    while (!over) {
      const { server, version } = await seen(client);
      assert.equal(server, "ab"[version % 2], "each request goes by one version as a whole");
      assert.ok(version >= last, `${last} came before ${version}`);
      last = version;
      newest = Math.max(newest, version);
      calls++;
      await delay(PAUSE_MS);
    }
    return last;
  });
  const running = Promise.all(work);
  let failed: unknown;
  running.catch((error: unknown) => { failed = error; });
  for (let i = 1; i <= CHANGES && failed === undefined; i++) {
    const { applied } = plane.plane.changes;
    write(i);
    await until(`change ${i}`, 10_000, () => plane.plane.changes.applied > applied || undefined);
  }
  await until("the last one is in force", 10_000, () => newest === CHANGES || failed !== undefined || undefined);
  await delay(3 * PAUSE_MS);
  over = true;
  assert.deepEqual(await running, clients.map(() => CHANGES), "every open connection goes by the last one");
  const stats = await envoy.stats("listener_manager\\.(lds\\.update_rejected|listener_(added|modified|removed|in_place_updated))$|downstream_cx_(total|destroy)$|meltemi_rds_refused");
  const sum = (part: string): number => [...stats].filter(([name]) => name.includes(part)).reduce((total, [, count]) => total + count, 0);
  assert.deepEqual(["listener_added", "listener_modified", "listener_removed", "listener_in_place_updated", "update_rejected", "rds_refused"].map(sum), [1, 0, 0, 0, 0, 0]);
  t.diagnostic(`${calls} requests on ${CONNECTIONS} connections over ${CHANGES} changes`);
});

test(`a request goes by each of ${SAVED} saved files; how soon is told`, async (t) => {
  const { write, port } = await stage(), client = await AwesomeClient.connect(port), times: number[] = [];
  ends.push(() => client.close());
  for (let i = 1; i <= SAVED; i++) {
    const start = performance.now();
    write(i);
    await until(`version ${i}`, 10_000, async () => (await seen(client)).version === i || undefined);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [half, most, last] = [0.5, 0.99, 1].map((share) => times[Math.ceil(times.length * share) - 1]!);
  t.diagnostic(`from a saved file to its first request: median ${half!.toFixed(0)} ms, p99 ${most!.toFixed(0)} ms, most ${last!.toFixed(0)} ms`);
});

test("a listener that goes tells Dubbo's clients to go elsewhere before it closes", async () => {
  const { folder, envoy } = await stage({ seconds: 4, timeoutMs: 1300 }), dubbo = "demo.example";
  folder.write(serviceEntry(dubbo, "tcp-dubbo", [[9]], { interface: "org.meltemi.demo.Demo" }), "dubbo.yaml");
  const port = await until("its listener", 20_000, async () => [...await envoy.listeners()].find(([name]) => name.includes(dubbo))?.[1].port);
  const socket = connect(port, "127.0.0.1"), got: Buffer[] = [];
  ends.push(() => socket.destroy());
  socket.on("data", (bytes) => got.push(bytes));
  await once(socket, "connect");
  // a heartbeat, answered by the filter: the connection is in use
  socket.write(Buffer.from("dabbe20000000000000000010000000" + "14e", "hex"));
  await until("its answer", 10_000, () => got.length > 0 || undefined);
  got.length = 0;
  folder.take("dubbo.yaml");
  await once(socket, "close");
  assert.match(Buffer.concat(got).toString("hex"), /^dabba200bea7[0-9a-f]{12}000000020152$/, "READONLY, once");
});
