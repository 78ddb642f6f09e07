/** A Gateway with services on demand: an Envoy learns of those that its clients use, and the first request of each is not lost. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { startClient, startServer, type ThriftClient } from "../../harness/peers/thrift/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, type Plane, startClientOf, startPlane } from "./plane.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const UNKNOWN_METHOD = 1, OTHERS = 50;
const istio = (kind: string, name: string, spec: object, annotations = {}): string =>
  JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "default", annotations }, spec });

test("services on demand: first requests wait and are answered, what nobody uses is not there, and what does not exist is refused", async () => {
  const folder = new Folder(), port = await freePort();
  ends.push(() => folder.remove());
  const servers = await Promise.all(["Stock", "Demo"].map((name) => startServer("python", { name: name.toLowerCase(), transport: "framed" })));
  ends.push(() => Promise.all(servers.map((server) => server.kill())));
  const service = (name: string, at: number): string[] => [
    serviceEntry(`${name.toLowerCase()}.example`, "tcp-thrift", [[at]], { interface: name }),
    istio("VirtualService", name.toLowerCase(), { hosts: [`${name.toLowerCase()}.example`], gateways: ["gate"], http: [{ route: [{ destination: { host: `${name.toLowerCase()}.example` } }] }] }),
  ];
  const all = [["Stock", servers[0]!.port], ...Array.from({ length: OTHERS }, (_, i) => [`Other${i}`, 9] as const)] as [string, number][];
  const write = (services: [string, number][]): void => folder.write([
    istio("Gateway", "gate", { servers: [{ port: { number: port, name: "tcp-thrift", protocol: "TCP" }, bind: "127.0.0.1", hosts: ["*"] }] }, { "meltemi.io/on-demand": "true" }),
    ...services.flatMap(([name, at]) => service(name, at)),
  ].join("\n---\n"));
  write(all);
  let plane: Plane = await startPlane(folder);
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane, { concurrency: 2, metadata: { services: ["default/gate"] } });
  ends.push(() => envoy.stop());
  await until("the listener", 20_000, async () => [...(await envoy.listeners()).values()].some((listener) => listener.port === port) || undefined);
  const clusters = async (): Promise<string[]> =>
    [...new Set([...(await envoy.get("/clusters")).matchAll(/^outbound\|\d+\|\|(\w+)\.example::/gm)].map(([, name]) => name!))].sort();
  const client = async (name: string): Promise<ThriftClient> => {
    const started = await startClient("python", { port, service: name });
    ends.push(() => started.stop());
    return started;
  };
  const demands = (): string[] => [...plane.plane.xds.nodes.values()].flatMap(({ demanded }) => [...demanded.values()].flatMap((names) => [...names])).sort();

  const stock = await client("Stock"), lost = await client("Lost");
  const before = await clusters();
  assert.ok(!before.includes("stock") && before.length < 5, `${before.join()}`);
  const [first, none] = await Promise.all([stock.call({ method: "whoami" }), lost.call({ method: "whoami" })]);
  assert.equal(first.value, "stock/Stock", envoy.log());
  assert.deepEqual([none.ok, none.type], [false, UNKNOWN_METHOD], JSON.stringify(none));
  assert.ok((await clusters()).includes("stock"));
  assert.ok((await clusters()).length <= before.length + 1, (await clusters()).join());
  assert.equal((await stock.call({ method: "whoami" })).value, "stock/Stock");
  await until("only what is there is asked for", 20_000, () => demands().join() === "Stock" || undefined);

  // what a control plane that comes back must know it is told
  const at = plane.port;
  await plane.stop();
  assert.equal((await stock.call({ method: "whoami" })).value, "stock/Stock");
  plane = await startPlane(folder, { port: at });
  await until("it is told again", 30_000, () => demands().join() === "Stock" || undefined);

  // a service that did not exist when it was first asked for
  const late = await client("Demo");
  assert.equal((await late.call({ method: "whoami" })).ok, false);
  write([...all, ["Demo", servers[1]!.port]]);
  await until("it is there", 30_000, async () => (await late.call({ method: "whoami" })).value === "demo" || undefined);
});
