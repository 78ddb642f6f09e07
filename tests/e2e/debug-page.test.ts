/** The control plane's page in a real browser: what it shows of a mesh, an Envoy and a mistake, and where it says that requests go. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { explain } from "../../control-plane/index.ts";
import type { EnvoyHandle } from "../../harness/envoy/envoy.ts";
import { render } from "../../harness/peers/browser/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, type Plane, startClientOf, startPlane } from "./plane.ts";

const HOST = "greeter.example", folder = new Folder();
let servers: AwesomeServer[] = [], plane: Plane, envoy: EnvoyHandle;

const mesh = (subset = "v2"): string => [
  serviceEntry(HOST, "tcp-metaprotocol-awesomerpc", servers.map(({ port, name }) => [port, { version: name }])),
  JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "greeter" }, spec: { host: HOST, subsets: ["v1", "v2"].map((name) => ({ name, labels: { version: name } })) } }),
  JSON.stringify({ apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "greeter" }, spec: { hosts: [HOST], routes: [
    { name: "testers", match: { attributes: { user: { exact: "test" } } }, route: [{ destination: { host: HOST, subset } }] },
    { name: "others", route: [{ destination: { host: HOST, subset: "v1" } }] },
  ] } }),
].join("\n---\n");

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((name) => new AwesomeServer(name).start()));
  folder.write(mesh());
  plane = await startPlane(folder);
  envoy = await startClientOf(plane, { id: "<edge>&1" });
  await until("its filters have their tables", 20_000, async () => (await plane.status()).envoys[0]?.streams.filter(({ types }) => types.tables?.accepted).length === 2);
});

after(async () => {
  await envoy?.stop();
  await plane?.stop();
  await Promise.all(servers.map((server) => server.stop()));
  folder.remove();
});

/** The text of an element as the browser has it. */
function textOf(page: string, id: string): string {
  const at = new RegExp(`<(\\w+)[^>]* id="${id}"[^>]*>`).exec(page);
  assert.ok(at, `no element ${id}`);
  const end = page.indexOf(`</${at[1]}>`, at.index);
  return page.slice(at.index + at[0].length, end).replace(/<[^>]*>/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replace(/\s+/g, " ").trim();
}

test("services, endpoints, Envoys with what they have taken, sources", async () => {
  const page = await render(`${plane.page}/debug`), { version } = await plane.status(), table = plane.plane.xds.snapshot!.all.tables;
  assert.equal(textOf(page, "version"), version);
  assert.match(textOf(page, "services"), /greeter\.example .* awesomerpc, lanes testers : user exact "test" → outbound\|0\|v2\|greeter\.example others : all → outbound\|0\|v1\|greeter\.example/);
  for (const { port } of servers) assert.match(textOf(page, "clusters"), new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.match(textOf(page, "envoys"), new RegExp(`<edge>&1 delta since .* tables ${[...table.keys()][0]}: [0-9a-f]{16}`));
  assert.match(textOf(page, "sources"), /ok$/);
});

test("where a request goes: as the filter does it", async () => {
  const port = [...(await envoy.listeners()).values()][0]!.port, client = await AwesomeClient.connect(port), listener = plane.plane.ir!.listeners[0]!.name;
  for (const [user, rule, subset] of [["test", "testers", "v2"], ["ann", "others", "v1"]] as const) {
    const page = await render(`${plane.page}/debug?${new URLSearchParams({ listener, metadata: `user=${user}\nflavour=mint` })}`), answer = textOf(page, "answer");
    assert.match(answer, new RegExp(`^Rule ${rule} `));
    assert.match(textOf(page, "shares"), new RegExp(`outbound\\|0\\|${subset}\\|greeter\\.example 100 % .*:${servers.find(({ name }) => name === subset)!.port} 100 %`));
    assert.equal(explain(plane.plane.ir!, { listener, metadata: { user } }).route, rule);
    assert.equal((await client.call({ user })).headers.find(([key]) => key === "server")?.[1], subset);
  }
  await client.close();
});

test("an endpoint that refuses: who has it out, on all pages, until it is back", async () => {
  const listener = [...(await envoy.listeners()).values()][0]!.port, client = await AwesomeClient.connect(listener), gone = servers[1]!, { port } = gone, cluster = `outbound|0|v2|${HOST}`, endpoint = `127.0.0.1:${port}`;
  assert.equal((await client.call({ user: "test" })).status, 0);
  assert.match(textOf(await render(`${plane.page}/debug`), "clusters"), new RegExp(`v2\\|greeter\\.example .* ${endpoint} healthy`));
  await gone.stop();
  await until("the Envoy says so", 20_000, async () => {
    await client.call({ user: "test" });
    return (await plane.status()).out.some((each) => each.cluster === cluster);
  });
  const { out } = await plane.status(), [{ by }] = out as [(typeof out)[number]];
  assert.deepEqual(out, [{ cluster, endpoint, by: [{ node: "<edge>&1", since: by[0]!.since }] }]);
  assert.ok(Math.abs(Date.now() - Date.parse(by[0]!.since)) < 30_000, by[0]!.since);
  assert.match(await plane.metrics(), /^meltemi_endpoints_out 1$/m);
  assert.match(textOf(await render(`${plane.page}/debug`), "clusters"), new RegExp(`${endpoint} out for <edge>&1 since ${by[0]!.since}`));
  servers[1] = await new AwesomeServer("v2").start(port);
  await until("it is back", 40_000, async () => {
    await client.call({ user: "test" });
    return (await plane.status()).out.length === 0;
  });
  assert.match(textOf(await render(`${plane.page}/debug`), "clusters"), new RegExp(`${endpoint} healthy`));
  await client.close();
});

test("a change that was refused, with its reasons", async () => {
  folder.write(mesh("<b>v9</b>"));
  await until("the refusal", 10_000, async () => (await plane.status()).refused);
  const page = await render(`${plane.page}/debug`);
  assert.match(textOf(page, "refused"), /mesh\.yaml:\d+: document 3, spec\.routes\[0\]\.route\[0\]\.destination\.subset: .*"<b>v9<\/b>"/);
  assert.doesNotMatch(page, /<b>v9/);
  folder.write(mesh());
  await until("it is right again", 10_000, async () => (await plane.status()).refused === undefined);
  assert.doesNotMatch(await render(`${plane.page}/debug`), /id="refused"/);
});
