/** Real Dubbo clients and servers, Java and Go, through the real Envoy: the resources are those of examples/dubbo. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, readText, serviceEntry, startMesh } from "./mesh.ts";

type Service = "canary" | "batch" | "split";

let servers: JavaServer[], mesh: Mesh;
const clients: Record<string, DubboClient> = {};

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((name) => startJavaServer({ name, threads: 1200 })));
  const ports: Record<string, string> = { 20881: String(servers[0]!.port), 20882: String(servers[1]!.port), 20880: "0", 20890: "0", 20900: "0" };
  const yaml = ["canary", "batch", "split"].map((name) => readText("examples/dubbo", `${name}.yaml`)).join("\n---\n")
    .replace(/\b208[89][0-2]\b|\b20900\b/g, (port) => ports[port]!);
  mesh = await startMesh(yaml);
  const listeners = await mesh.envoy.listeners();
  for (const service of ["canary", "batch", "split"] satisfies Service[]) {
    const port = [...listeners].find(([name]) => name.includes(service))![1].port;
    clients[`java ${service}`] = await startJavaClient({ port });
    clients[`go ${service}`] = await startGoClient({ port });
  }
});

after(async () => {
  await Promise.allSettled([...Object.values(clients).map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled((servers ?? []).map((server) => server.stop("SIGKILL")));
});

const client = (language: string, service: Service): DubboClient => clients[`${language} ${service}`]!;

for (const language of ["java", "go"]) {
  test(`${language}: canary by attachment, and the attachment that the route adds arrives`, async () => {
    const canary = client(language, "canary");
    const marked = await canary.call({ method: "attachments", attachments: { user: "test" } });
    assert.equal(marked.ok, true, `${marked.error}\n${mesh.envoy.log()}`);
    const seen = JSON.parse(String(marked.value)) as Record<string, string>;
    assert.equal(seen.tracing, "100");
    assert.equal(seen.user, "test");
    assert.equal((await canary.call({ method: "whoami", attachments: { user: "test" } })).value, "v2");
    const plain = await canary.call({ method: "attachments", attachments: { user: "Test" } });
    assert.equal((JSON.parse(String(plain.value)) as Record<string, string>).tracing, undefined);
    assert.equal((await canary.call({ method: "whoami" })).value, "v1");
  });

  test(`${language}: batch isolation, and no route for who does not say`, async () => {
    const batch = client(language, "batch");
    assert.equal((await batch.call({ method: "whoami", attachments: { batchJob: "true" } })).value, "v2");
    assert.equal((await batch.call({ method: "whoami", attachments: { batchJob: "false" } })).value, "v1");
    const lost = await batch.call({ method: "whoami" });
    assert.equal(lost.ok, false);
    assert.match(String(lost.error), /no route matches this request/);
  });

  test(`${language}: 30/70, request by request, and the reply's attachment`, async () => {
    const split = client(language, "split");
    const { results, errors } = await split.many({ count: 5000, concurrency: 16, calls: [{ method: "whoami" }] });
    assert.deepEqual(errors, {});
    const share = results.v1! / (results.v1! + results.v2!);
    assert.ok(Math.abs(share - 0.3) < 0.03, `v1 got ${share} of ${JSON.stringify(results)}`);
    const reply = await split.call({ method: "hello", args: ["x"] });
    assert.equal(reply.responseAttachments?.experiment, "split-30-70");
    assert.match(String(reply.responseAttachments?.["served-by"]), /^v[12]$/);
  });

  test(`${language}: 10,000 requests on one connection that mix routes: none lost, none answered twice`, async () => {
    const calls = [{ user: "test", server: "v2" }, { user: "other", server: "v1" }, { user: "tester", server: "v1" }]
      .map(({ user, server }) => ({ method: "hello", args: [`${server}-{n}`], attachments: { user } }));
    const { results, errors } = await client(language, "canary").many({ count: 10_000, concurrency: 64, calls });
    assert.deepEqual(errors, {});
    const values = Object.entries(results);
    assert.equal(values.reduce((sum, [, n]) => sum + n, 0), 10_000);
    for (const [value] of values) assert.match(value, /hello (v[12])-.* from \1/, "answered by the server that its route names");
  });

  test(`${language}: what the server throws arrives as it is`, async () => {
    const result = await client(language, "canary").call({ method: "boom", args: ["broken on purpose"] });
    assert.equal(result.ok, false);
    assert.match(String(result.error) + String(result.cause), /broken on purpose/);
  });
}

test("java: values, null, cycles and all types pass in both directions", async () => {
  const canary = client("java", "canary");
  assert.equal((await canary.call({ method: "nothing" })).value, null);
  const item = await canary.call({ method: "echo", args: [{ a: 1, self: true }], attachments: { user: "test" } });
  assert.equal(item.ok, true, String(item.error));
});

test("java: generic calls ($invoke) are routed and answered", async () => {
  const result = await client("java", "canary").call({ method: "hello", args: ["x"], generic: true, attachments: { user: "test" } });
  assert.equal(result.value, "hello x from v2");
});

test("java: 1,000 calls in flight on one connection", async () => {
  const { results, errors } = await client("java", "canary").many({
    count: 3000, concurrency: 1000, timeout: 30_000, calls: [{ method: "slow", args: [200, "tag-{n}"], attachments: { user: "test" } }],
  });
  assert.deepEqual(errors, {});
  assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 3000);
});

test("java: a one-way call reaches its server and nothing waits for an answer", async () => {
  const canary = client("java", "canary");
  const before = Number((await canary.call({ method: "calls", args: ["hello"], attachments: { user: "test" } })).value);
  assert.equal((await canary.call({ method: "hello", args: ["x"], oneway: true, attachments: { user: "test" } })).ok, true);
  const deadline = Date.now() + 5000;
  let now = before;
  while (now === before && Date.now() < deadline) now = Number((await canary.call({ method: "calls", args: ["hello"], attachments: { user: "test" } })).value);
  assert.equal(now, before + 1);
});

test("java: heartbeats of an idle client and server are answered where they come from, and the connection lasts", async () => {
  const host = "idle.example";
  const server = await startJavaServer({ name: "idle", heartbeatMs: 500 });
  const idle = await startMesh(serviceEntry(host, "tcp-dubbo", [[server.port]], { interface: "org.meltemi.demo.Demo" }));
  const java = await startJavaClient({ port: idle.ports[0]!, heartbeatMs: 500 });
  try {
    assert.equal((await java.call({ method: "whoami" })).value, "idle");
    await until("the client has sent signs of life for longer than both sides' idle time", 20_000, async () => (await idle.count("meltemi_pings")) >= 8);
    assert.equal((await java.call({ method: "whoami" })).value, "idle");
    assert.equal(await idle.count("meltemi_connections"), 1, "one connection all the time");
    assert.equal(await idle.count("meltemi_lanes_opened"), 1, "on one lane");
    assert.equal(await idle.count("meltemi_unknown_replies"), 0);
  } finally {
    await java.stop();
    await idle.envoy.stop();
    await server.stop("SIGKILL");
  }
});

test("java: what another serialization hides matches no rule, inverted or not; the serialization itself does", async () => {
  const server = await startJavaServer({ name: "json", serialization: "fastjson2" });
  const rules = JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "json" }, spec: { hosts: ["json.example"], http: [
    { match: [{ headers: { user: { exact: "test" } } }, { withoutHeaders: { user: { exact: "other" } } }], route: [{ destination: { host: "nobody.example" } }] },
    { match: [{ headers: { serialization: { exact: "fastjson2" } } }], route: [{ destination: { host: "json.example" } }] },
  ] } });
  const nobody = serviceEntry("nobody.example", "tcp-dubbo", [[1]]);
  const json = await startMesh(`${nobody}\n---\n${serviceEntry("json.example", "tcp-dubbo", [[server.port]], { interface: "org.meltemi.demo.Demo" })}\n---\n${rules}`);
  const port = [...await json.envoy.listeners()].find(([name]) => name.includes("json"))![1].port;
  const fast = await startJavaClient({ port, serialization: "fastjson2" });
  try {
    assert.equal((await fast.call({ method: "whoami", attachments: { user: "test" } })).value, "json");
  } finally {
    await fast.stop();
    await json.envoy.stop();
    await server.stop("SIGKILL");
  }
});

test("no reply was late, unknown or second; nothing was unreadable", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
});
