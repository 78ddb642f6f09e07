/** Dubbo servers come and go in a real ZooKeeper while a client calls them through Envoy. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { registryProvider } from "../../control-plane/provider/registry.ts";
import { type DubboClient, type JavaServer, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { startZooKeeper } from "../../harness/peers/zookeeper/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

const HOST = "org.meltemi.demo.demo";
const WHO = [{ method: "whoami" }];
const ROUND = 200;

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A rule that people wrote: it waits for the service. */
const RULE = JSON.stringify({
  apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "demo" }, spec: { host: HOST, trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } } },
});

/** Dubbo replaces texts of the form 127.x.y.z by the machine's own address; the same address as one number stays. */
const oneNumber = (address: string): string => String(address.split(".").reduce((number, part) => number * 256 + Number(part), 0));

/** Calls without a pause, and what came of it. */
class Load {
  readonly errors: Record<string, number> = {};
  last: Record<string, number> = {};
  calls = 0;
  private going = true;
  private readonly done: Promise<void>;

  constructor(private readonly client: DubboClient) { this.done = this.run(); }

  async stop(): Promise<void> {
    this.going = false;
    await this.done;
  }

  /** Milliseconds until each server has the share that it should have, within 5 points. */
  async shares(wanted: Record<string, number>): Promise<number> {
    const begun = Date.now(), all = Object.values(wanted).reduce((sum, weight) => sum + weight, 0);
    await until(`shares of ${JSON.stringify(wanted)}, not ${JSON.stringify(this.last)}`, 20_000, () =>
      Object.keys(this.last).length === Object.keys(wanted).length && Object.entries(wanted).every(([name, weight]) => Math.abs((this.last[name] ?? 0) / ROUND - weight / all) <= 0.05));
    return Date.now() - begun;
  }

  private async run(): Promise<void> {
    while (this.going) {
      const { results, errors } = await this.client.many({ count: ROUND, concurrency: 4, calls: WHO });
      this.last = results;
      this.calls += ROUND;
      for (const [error, count] of Object.entries(errors)) this.errors[error] = (this.errors[error] ?? 0) + count;
    }
  }
}

test("servers register, change and stop gracefully under load: no call fails, and the shares follow", async () => {
  const zookeeper = await startZooKeeper();
  ends.push(() => zookeeper.stop());
  const server = async (name: string, more: object = {}): Promise<JavaServer> => {
    const started = await startJavaServer({ name, registry: `zookeeper://127.0.0.1:${zookeeper.port}?session=3000`, shutdownWaitMs: 5000, ...more });
    ends.push(() => started.stop("SIGKILL"));
    return started;
  };
  const folder = new Folder();
  ends.push(() => folder.remove());
  folder.write(RULE);
  const port = await freePort();
  const registry = registryProvider(`zookeeper://127.0.0.1:${zookeeper.port}?port=${port}`);
  const plane = await startPlane(folder, { more: [registry] });
  ends.push(() => plane.stop());
  const first = await server("a");
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  const { address } = await until("the listener", 20_000, async () => [...await envoy.listeners()].find(([name]) => name.endsWith(`_${port}`))?.[1]);
  const client = await startJavaClient({ port, host: oneNumber(address) });
  ends.push(() => client.stop());

  const load = new Load(client);
  await load.shares({ a: 100 });
  const second = await server("b", { weight: 300 });
  await load.shares({ a: 100, b: 300 });
  await server("c");
  await load.shares({ a: 100, b: 300, c: 100 });
  const stopping = first.stop();
  await load.shares({ b: 300, c: 100 });
  await stopping;
  await second.stop();
  await load.shares({ c: 100 });
  await zookeeper.kill();
  const before = load.calls;
  await until("calls go on without ZooKeeper", 20_000, () => load.calls > before + 2 * ROUND);
  await zookeeper.start();
  await server("d");
  await load.shares({ c: 100, d: 100 });
  await load.stop();
  assert.deepEqual(load.errors, {}, `${load.calls} calls`);
  const stats = await envoy.stats("listener_manager.listener_(added|modified|removed)");
  assert.deepEqual(["added", "modified", "removed"].map((what) => stats.get(`listener_manager.listener_${what}`)), [1, 0, 0]);
});

test("servers that crash are gone with their session, and the last one leaves a service that says so", async () => {
  const zookeeper = await startZooKeeper();
  ends.push(() => zookeeper.stop());
  const start = (name: string) => startJavaServer({ name, registry: `zookeeper://127.0.0.1:${zookeeper.port}?session=2000` });
  const [a, b] = await Promise.all([start("a"), start("b")]);
  ends.push(() => Promise.all([a.stop("SIGKILL"), b.stop("SIGKILL")]));
  const folder = new Folder();
  ends.push(() => folder.remove());
  folder.write(RULE);
  const port = await freePort();
  const plane = await startPlane(folder, { more: [registryProvider(`zookeeper://127.0.0.1:${zookeeper.port}?port=${port}`)] });
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  const { address } = await until("the listener", 20_000, async () => [...await envoy.listeners()].find(([name]) => name.endsWith(`_${port}`))?.[1]);
  const client = await startJavaClient({ port, host: oneNumber(address) });
  ends.push(() => client.stop());
  await until("both answer", 20_000, async () => Object.keys((await client.many({ count: 10, calls: WHO })).results).length === 2);
  await a.stop("SIGKILL");
  await until("only b is asked", 20_000, async () => JSON.stringify((await client.many({ count: 10, calls: WHO })).results) === '{"b":10}');
  await b.stop("SIGKILL");
  await until("no server is left, and the client is told so", 20_000, async () => {
    const { ok, cause } = await client.call({ method: "whoami" });
    return !ok && cause?.includes("no healthy endpoint");
  });
});
