/** Rules, endpoints and services that change under a real Envoy, as the control plane serves them. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import type { EnvoyHandle } from "../../harness/envoy/envoy.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { type EnvoyChoice, Folder, type Plane, startClientOf, startPlane } from "./plane.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const HOST = "greeter.example", PORT_NAME = "tcp-metaprotocol-awesomerpc";

async function servers(...names: string[]): Promise<AwesomeServer[]> {
  const started = await Promise.all(names.map((name) => new AwesomeServer(name).start()));
  ends.push(() => Promise.all(started.map((server) => server.stop())));
  return started;
}

const service = (host: string, endpoints: [AwesomeServer, Record<string, string>?][]): string => serviceEntry(host, PORT_NAME, endpoints.map(([{ port }, labels]) => [port, labels]));
const subsets = (...names: string[]): string => JSON.stringify({
  apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "greeter" },
  spec: { host: HOST, subsets: names.map((name) => ({ name, labels: { version: name } })) },
});
/** All requests to one subset. */
const routed = (subset: string): string => JSON.stringify({
  apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "greeter" },
  spec: { hosts: [HOST], routes: [{ name: subset, route: [{ destination: { host: HOST, subset } }] }] },
});
const documents = (...texts: string[]): string => texts.join("\n---\n");

interface Stage { folder: Folder; plane: Plane; envoy: EnvoyHandle }

async function stage(text: string, choice: EnvoyChoice = {}, options: Parameters<typeof startPlane>[1] = {}): Promise<Stage> {
  const folder = new Folder();
  ends.push(() => folder.remove());
  folder.write(text);
  const plane = await startPlane(folder, options);
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane, choice);
  ends.push(() => envoy.stop());
  return { folder, plane, envoy };
}

const portOf = async (envoy: EnvoyHandle, host = HOST): Promise<number> =>
  until(`a listener of ${host}`, 10_000, async () => [...await envoy.listeners()].find(([name]) => name.includes(host))?.[1].port);

async function client(envoy: EnvoyHandle, host = HOST): Promise<AwesomeClient> {
  const connected = await AwesomeClient.connect(await portOf(envoy, host));
  ends.push(() => connected.close());
  return connected;
}

/** The filter of the worker has its table, and that of the main thread. */
const allTaken = (plane: Plane): Promise<boolean> =>
  until("all have taken their tables", 10_000, async () => (await plane.status()).envoys[0]?.streams.filter(({ types }) => types.tables?.accepted).length === 2);

/** Who answers; the error's text if it is one. */
async function who(from: AwesomeClient): Promise<string> {
  const { status, headers, body } = await from.call({ user: "x" });
  return status === 0 ? headers.find(([key]) => key === "server")?.[1] ?? "?" : `error ${status}: ${body.toString()}`;
}

for (const mode of ["delta", "sotw"] as const) {
  test(`${mode}: a route that changes reaches an open connection at once, and the listener stays as it is`, async () => {
    const [v1, v2] = await servers("v1", "v2") as [AwesomeServer, AwesomeServer];
    const rest = documents(service(HOST, [[v1, { version: "v1" }], [v2, { version: "v2" }]]), subsets("v1", "v2"));
    const { folder, envoy } = await stage(documents(rest, routed("v1")), { mode });
    const open = await client(envoy), times: number[] = [];
    assert.equal(await who(open), "v1", envoy.log());
    for (const version of ["v2", "v1", "v2", "v1", "v2"]) {
      const start = Date.now();
      folder.write(documents(rest, routed(version)));
      await until(version, 5000, async () => await who(open) === version);
      times.push(Date.now() - start);
    }
    assert.ok(times.sort((a, b) => a - b)[2]! < 1000, `from file saved to the first request routed anew: ${times.join(", ")} ms`);
    const stats = await envoy.stats("listener_manager.listener_(modified|added|removed)|lds.update_rejected");
    assert.deepEqual(["added", "modified", "removed"].map((what) => stats.get(`listener_manager.listener_${what}`)), [1, 0, 0]);
  });

  test(`${mode}: endpoints that come and go lose no request`, async () => {
    const all = await servers("a", "b", "c") as [AwesomeServer, AwesomeServer, AwesomeServer];
    const [a, b, c] = all;
    const { folder, envoy } = await stage(service(HOST, [[a]]), { mode });
    const open = await client(envoy), seen: string[] = [];
    let going = true;
    const load = (async () => {
      while (going) seen.push(await who(open));
    })();
    const now = async (...wanted: AwesomeServer[]): Promise<void> => {
      const names = wanted.map(({ name }) => name).sort().join();
      folder.write(service(HOST, wanted.map((each) => [each])));
      await until(`requests go to ${names}`, 10_000, () => {
        const last = seen.slice(-60);
        return last.length === 60 && [...new Set(last)].sort().join() === names;
      });
    };
    await now(a, b);
    await now(a, b, c);
    await now(c);
    await now(b, a);
    going = false;
    await load;
    assert.deepEqual(seen.filter((each) => !/^[abc]$/.test(each)), []);
    const stats = await envoy.stats("cluster_(added|modified|removed)|listener_modified");
    assert.deepEqual([stats.get("cluster_manager.cluster_modified"), stats.get("listener_manager.listener_modified")], [0, 0]);
  });
}

test("a service that comes and one that goes: its listener and cluster, and nothing of the other", async () => {
  const [a, b] = await servers("a", "b") as [AwesomeServer, AwesomeServer];
  const { folder, envoy } = await stage(service(HOST, [[a]]), { drainSeconds: 1 }, { drainTimeoutMs: 300 });
  const open = await client(envoy);
  folder.write(service("other.example", [[b]]), "other.yaml");
  const other = await client(envoy, "other.example");
  assert.deepEqual([await who(open), await who(other)], ["a", "b"]);
  folder.take("other.yaml");
  await until("its cluster goes", 15_000, async () => (await envoy.stats("cluster_removed")).get("cluster_manager.cluster_removed") === 1);
  assert.deepEqual([...(await envoy.listeners()).keys()].filter((name) => name.includes("other")), []);
  assert.equal(await who(open), "a");
});

test("a wrong change is refused as a whole with file, place and reason, and what runs goes on", async () => {
  const [v1, v2] = await servers("v1", "v2") as [AwesomeServer, AwesomeServer];
  const rest = documents(service(HOST, [[v1, { version: "v1" }], [v2, { version: "v2" }]]), subsets("v1", "v2"));
  const { folder, plane, envoy } = await stage(documents(rest, routed("v1")));
  const open = await client(envoy), before = await plane.status();
  assert.equal(before.refused, undefined);
  folder.write(documents(service(HOST, [[v2, { version: "v1" }]]), subsets("v1", "v2"), routed("v9")));
  const refused = await until("the refusal", 5000, async () => (await plane.status()).refused), { version } = await plane.status();
  assert.match(refused.problems.join("\n"), /mesh\.yaml.*document 3.*spec\.routes\[0\]\.route\[0\]\.destination\.subset.*"v9"/);
  assert.equal(version, before.version);
  assert.match(await plane.metrics(), /^meltemi_refused 1$/m);
  assert.equal(await who(open), "v1");
  folder.write(documents(rest, routed("v2")));
  await until("what is right again", 5000, async () => await who(open) === "v2");
  const after = await plane.status();
  assert.equal(after.refused, undefined);
  assert.notEqual(after.version, before.version);
});

test("the status tells of Envoys and their filters, what they have taken, and of what they refuse", async () => {
  const [a] = await servers("a") as [AwesomeServer];
  const { plane, envoy } = await stage(service(HOST, [[a]]), { id: "edge-1" });
  await client(envoy);
  const listener = [...(await envoy.listeners()).keys()][0]!;
  await allTaken(plane);
  const status = await plane.status();
  assert.deepEqual([status.envoys.length, status.envoys[0]!.node, status.listeners, status.clusters, status.endpoints], [1, "edge-1", 1, 1, 1]);
  const [own] = status.envoys[0]!.streams.filter(({ types }) => types.clusters);
  assert.equal(own!.mode, "delta");
  for (const type of ["clusters", "endpoints", "listeners"]) assert.deepEqual([type, own!.types[type]!.resources, own!.types[type]!.accepted], [type, 1, own!.types[type]!.sent]);
  assert.deepEqual(status.envoys[0]!.streams.filter(({ types }) => types.tables).map(({ types }) => types.tables!.names), [[listener], [listener]], "the worker's filter, and the main thread's");
  assert.match(await plane.metrics(), /^meltemi_xds_envoys 1$/m);
});

test("the control plane goes and comes back: nothing is lost meanwhile, and what has changed then follows", async () => {
  const [v1, v2] = await servers("v1", "v2") as [AwesomeServer, AwesomeServer];
  const rest = documents(service(HOST, [[v1, { version: "v1" }], [v2, { version: "v2" }]]), subsets("v1", "v2"));
  for (const mode of ["delta", "sotw"] as const) {
    const { folder, plane, envoy } = await stage(documents(rest, routed("v1")), { mode });
    const open = await client(envoy);
    assert.equal(await who(open), "v1");
    await allTaken(plane);
    await plane.stop();
    await until("the Envoy has seen it", 10_000, async () => (await envoy.stats("control_plane.connected_state")).get("control_plane.connected_state") === 0);
    assert.equal(await who(open), "v1");
    const second = await startPlane(folder, { port: plane.port });
    ends.push(() => second.stop());
    await until("all are back", 60_000, async () => (await second.status()).envoys[0]?.streams.length === 3);
    assert.equal(await who(open), "v1");
    const { clusters, listeners, tables } = second.plane.xds.traffic;
    assert.deepEqual([clusters.resources, listeners.resources, tables.resources], [0, 0, 0], "all have what they would get");
    folder.write(documents(rest, routed("v2")));
    await until("v2", 10_000, async () => await who(open) === "v2");
    const stats = await envoy.stats("listener_manager.listener_modified|cluster_manager.cluster_(modified|removed)");
    assert.deepEqual([...stats.values()], [0, 0, 0]);
  }
});
