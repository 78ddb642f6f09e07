/** What is said of endpoints, from what filters tell. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { until } from "../../harness/tools/wait.ts";
import { compile } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { envoyResources } from "../translate/envoy/dynamic.ts";
import { EnvoyApi } from "../xds/api.ts";
import { XdsServer } from "../xds/server.ts";
import { SotwClient } from "../xds/testing/client.ts";
import { healthOf, outEndpoints } from "./health.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const entry = (host: string, address: string, upstream = "lanes"): object => ({
  apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: host, annotations: { "meltemi.io/upstream": upstream } },
  spec: { hosts: [host], resolution: "STATIC", addresses: [address], ports: [{ number: 7000, name: "tcp-dubbo" }], endpoints: [{ address: "10.0.0.1" }, { address: "10.0.0.2" }] },
});

async function stage() {
  const compiled = compile([entry("a.example", "127.0.0.1"), entry("b.example", "127.0.0.2"), entry("c.example", "127.0.0.3", "inline")].map((each, i) => ({ file: `${i}`, text: JSON.stringify(each) })), MODULES);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const { ir } = compiled, api = new EnvoyApi(await envoyApi()), xds = new XdsServer({ api, graceMs: 50 });
  xds.update(envoyResources(ir, { wasmOf: () => "meltemi.wasm", drainTimeoutMs: 10_000 }));
  const port = await xds.listen("127.0.0.1:0");
  ends.push(() => xds.stop());
  const filter = async (id: string, listener: string): Promise<SotwClient> => {
    const client = new SotwClient(api, port, { id });
    ends.push(() => client.close());
    client.ask("tables", [listener]);
    client.ack(await client.next());
    return client;
  };
  /** Of both endpoints of a service. */
  const states = (host: string): string[] => {
    const health = healthOf({ ir, xds }), cluster = ir.clusters.find((each) => each.host === host)!;
    return cluster.endpoints.map((endpoint) => health(cluster, endpoint)).map(({ state, out }) => [state, ...out.map(({ node }) => node)].join(" "));
  };
  return { ir, xds, filter, states };
}

const A = "outbound|7000||a.example";

test("unknown without a filter that has the cluster, and inline; healthy while none says otherwise; out by whom, until they say otherwise", async () => {
  const { ir, xds, filter, states } = await stage();
  assert.deepEqual(states("a.example"), ["unknown", "unknown"]);
  const one = await filter("one", "127.0.0.1_7000"), worker = await filter("one", "127.0.0.1_7000"), two = await filter("two", "127.0.0.1_7000");
  await filter("one", "127.0.0.3_7000");
  assert.deepEqual([states("a.example"), states("b.example"), states("c.example")], [["healthy", "healthy"], ["unknown", "unknown"], ["unknown", "unknown"]]);
  one.tellOut(`${A}|10.0.0.2:7000`, "no such|10.0.0.1:7000");
  await until("it is out for one", 5000, () => states("a.example")[1] === "out one");
  const [found] = outEndpoints({ ir, xds }), since = found!.out[0]!.since;
  assert.deepEqual(found, { cluster: A, endpoint: "10.0.0.2:7000", out: [{ node: "one", since }] });
  worker.tellOut(`${A}|10.0.0.2:7000`);
  two.tellOut(`${A}|10.0.0.2:7000`, `${A}|10.0.0.1:7000`);
  await until("it is out for both", 5000, () => states("a.example")[0] === "out two");
  assert.deepEqual(states("a.example"), ["out two", "out one two"]);
  assert.equal(outEndpoints({ ir, xds }).find(({ endpoint }) => endpoint === "10.0.0.2:7000")!.out[0]!.since, since, "since the first of its workers said so");
  two.tellOut();
  one.tellOut();
  await until("only a worker is left", 5000, () => states("a.example").join() === "healthy,out one");
  worker.close();
  await until("what it said has gone with it", 5000, () => states("a.example").join() === "healthy,healthy");
  assert.deepEqual(outEndpoints({ ir, xds }), []);
});

test("of what a filter tells so much is kept", async () => {
  const { xds, filter } = await stage(), one = await filter("one", "127.0.0.1_7000"), { out } = { out: () => [...xds.nodes.get("one")!.streams][0]!.out.size };
  one.tellOut(...Array.from({ length: 1000 }, (_, i) => `${A}|10.1.0.1:${i}`));
  await until("it was heard", 5000, () => out() > 0);
  assert.equal(out(), 256);
});
