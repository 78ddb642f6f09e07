/** Endpoints in three zones that go away one after another and come back, and shares of zones, as Envoys of two localities ask for them. */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

const COUNT = 10_000, BATCH = 250, POINTS = 4;
const ZONES: Record<string, string> = { a1: "eu/a", a2: "eu/a", b: "eu/b", us: "us/a" };
const ends: (() => unknown)[] = [];
const servers = new Map<string, AwesomeServer>();
let near: AwesomeClient, far: AwesomeClient, shared: AwesomeClient;

const entry = (host: string): object => ({
  apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: host.split(".")[0] },
  spec: {
    hosts: [host], resolution: "STATIC", ports: [{ number: 0, name: "tcp-metaprotocol-awesomerpc" }],
    endpoints: [...servers].map(([name, { port }]) => ({ address: "127.0.0.1", ports: { "tcp-metaprotocol-awesomerpc": port }, locality: ZONES[name] })),
  },
});
const rule = (host: string, loadBalancer: object): object => ({
  apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: host.split(".")[0] },
  spec: { host, trafficPolicy: { loadBalancer, outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: "2s", maxEjectionPercent: 100 } } },
});
const shares = { localityLbSetting: { distribute: [{ from: "eu/a", to: { "eu/a": 70, "eu/b": 20, "us/*": 10 } }] } };

before(async () => {
  for (const name of Object.keys(ZONES)) servers.set(name, await new AwesomeServer(name).start());
  const folder = new Folder();
  ends.push(() => Promise.all([...servers.values()].map((server) => server.stop())), () => folder.remove());
  folder.write([entry("near.example"), rule("near.example", {}), entry("shared.example"), rule("shared.example", shares)].map((one) => JSON.stringify(one)).join("\n---\n"));
  const plane = await startPlane(folder);
  ends.push(() => plane.stop());
  const connect = async (id: string, locality: string, hosts: string[]): Promise<AwesomeClient[]> => {
    const envoy = await startClientOf(plane, { id, locality });
    ends.push(() => envoy.stop());
    const ports = await until("the listeners", 30_000, async () => {
      const all = [...await envoy.listeners()], found = hosts.map((host) => all.find(([name]) => name.includes(host))?.[1].port);
      return found.every((port) => port !== undefined) ? found as number[] : undefined;
    });
    return Promise.all(ports.map(async (port) => {
      const client = await AwesomeClient.connect(port);
      ends.push(() => client.close());
      return client;
    }));
  };
  [near, shared] = await connect("eu", "eu/a", ["near.example", "shared.example"]) as [AwesomeClient, AwesomeClient];
  [far] = await connect("us", "us/a", ["near.example"]) as [AwesomeClient];
});

after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Percent of so many requests, all of which are answered, by server. */
async function ask(client: AwesomeClient, count: number): Promise<Record<string, number>> {
  const by: Record<string, number> = {};
  for (let i = 0; i < count; i += BATCH) {
    for (const { status, body, headers } of await Promise.all(Array.from({ length: BATCH }, () => client.call()))) {
      assert.equal(status, 0, body.toString());
      const name = headers.find(([key]) => key === "server")![1];
      by[name] = (by[name] ?? 0) + 100 / count;
    }
  }
  return by;
}

const isNear = (found: Record<string, number>, wanted: Record<string, number>, points: number): boolean =>
  Object.keys(ZONES).every((name) => Math.abs((found[name] ?? 0) - (wanted[name] ?? 0)) <= points);

/** Once a change is known, the shares hold over many requests. */
async function settlesAt(t: TestContext, what: string, client: AwesomeClient, wanted: Record<string, number>): Promise<void> {
  await until(what, 40_000, async () => isNear(await ask(client, 1000), wanted, 2 * POINTS) || undefined);
  const found = await ask(client, COUNT);
  t.diagnostic(`${what}: ${Object.entries(found).map(([name, share]) => `${name} ${share.toFixed(1)} %`).sort().join(", ")} of ${COUNT}`);
  assert.ok(isNear(found, wanted, POINTS), `${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}

const stop = (name: string): Promise<void> => servers.get(name)!.stop();
const restart = (name: string, port: number): Promise<unknown> => servers.get(name)!.start(port);

test("zones go away one after another and come back; no request fails", async (t) => {
  const ports = new Map([...servers].map(([name, { port }]) => [name, port]));
  await settlesAt(t, "all are there", near, { a1: 50, a2: 50 });
  await settlesAt(t, "for an Envoy elsewhere", far, { us: 100 });
  await stop("a1");
  await settlesAt(t, "half of eu/a is away", near, { a2: 70, b: 30 });
  await stop("a2");
  await settlesAt(t, "eu/a is away", near, { b: 100 });
  await stop("b");
  await settlesAt(t, "eu is away", near, { us: 100 });
  for (const [name, port] of ports) if (name !== "us") await restart(name, port);
  await settlesAt(t, "all are back", near, { a1: 50, a2: 50 });
});

test("shares of zones", async (t) => {
  await settlesAt(t, "distribute", shared, { a1: 35, a2: 35, b: 20, us: 10 });
});
