/** Changes with values of the request, its connection and its exchange: real Dubbo and Thrift clients and AwesomeRPC, on the real Envoy. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { type DubboClient, type JavaServer, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { type Mesh, readText, serviceEntry, startMesh } from "./mesh.ts";

const CALLER = "%REQ(user)% from %PROPERTY(source.address)%";

let dubboServer: JavaServer, thriftServer: ThriftServer, awesomeServer: AwesomeServer, mesh: Mesh;
let dubbo: DubboClient, thrift: ThriftClient, awesome: AwesomeClient;

/** By the rule for user "test", and for the whole service by a policy; keys as the protocol spells them. */
function resources(name: string, key: (name: string) => string): string {
  const host = `${name}.example`, route = [{ destination: { host } }];
  const set = (pairs: Record<string, string>): object => ({ set: Object.fromEntries(Object.entries(pairs).map(([k, v]) => [key(k), v])) });
  const headers = {
    request: { ...set({ caller: CALLER.replace("user", key("user")) }), remove: [key("debug")] },
    response: set({ "asked-by": `%REQ(${key("user")})%`, "served-by": "%UPSTREAM_HOST%" }),
  };
  const match = [{ headers: { [key("user")]: { exact: "test" } } }];
  return [
    { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name }, spec: { hosts: [host], http: [{ name: "tests", match, headers, route }, { name: "all", route }] } },
    { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name }, spec: { targetRef: { host }, mutation: {
      request: set({ via: "100%% %PROTOCOL%, route %ROUTE_NAME%" }), response: set({ took: "%DURATION%" }),
    } } },
  ].map((resource) => JSON.stringify(resource)).join("\n---\n");
}

before(async () => {
  [dubboServer, thriftServer, awesomeServer] = await Promise.all([
    startJavaServer({ name: "v1" }), startServer("python", { name: "v1", transport: "header" }),
    new AwesomeServer("v1", (request) => ({ ...request, type: 1, headers: [...request.headers, ["seen", "yes"]] })).start(),
  ]);
  const servers = { dubbo: dubboServer.port, thrift: thriftServer.port, awesomerpc: awesomeServer.port };
  const header = (name: string): string => `header.${name}`, plain = (name: string): string => name;
  mesh = await startMesh(Object.entries(servers).map(([name, port]) =>
    [serviceEntry(`${name}.example`, `tcp-${name}`, [[port]]), resources(name, name === "thrift" ? header : plain)].join("\n---\n")).join("\n---\n"));
  const port = async (name: string): Promise<number> => [...await mesh.envoy.listeners()].find(([listener]) => listener.includes(name))![1].port;
  dubbo = await startJavaClient({ port: await port("dubbo") });
  thrift = await startClient("go", { port: await port("thrift"), transport: "header" });
  awesome = await AwesomeClient.connect(await port("awesomerpc"));
});

after(async () => {
  await Promise.allSettled([dubbo?.stop(), thrift?.stop(), awesome?.close(), mesh?.envoy.stop()]);
  await Promise.allSettled([dubboServer?.stop("SIGKILL"), thriftServer?.kill(), awesomeServer?.stop()]);
});

const FROM_HERE = /^test from 127\.0\.0\.1:\d+$/;

test("Dubbo: attachments of requests and of replies", async () => {
  const marked = await dubbo.call({ method: "attachments", attachments: { user: "test", debug: "1" } });
  const seen = JSON.parse(String(marked.value)) as Record<string, string>;
  assert.match(String(seen.caller), FROM_HERE);
  assert.equal(seen.debug, undefined);
  assert.equal(seen.via, "100% dubbo, route tests");
  assert.equal(marked.responseAttachments?.["asked-by"], "test");
  assert.equal(marked.responseAttachments?.["served-by"], `127.0.0.1:${dubboServer.port}`);
  assert.match(String(marked.responseAttachments?.took), /^\d+$/);
  const other = JSON.parse(String((await dubbo.call({ method: "attachments", attachments: { user: "other", debug: "1" } })).value)) as Record<string, string>;
  assert.deepEqual([other.caller, other.debug, other.via], [undefined, "1", "100% dubbo, route all"]);
});

test("Dubbo: 5,000 calls, 64 at a time, half of them changed both ways: none lost", async () => {
  const calls = Array.from({ length: 2 }, (_, i) => ({ method: "hello", args: ["{n}"], attachments: { user: i ? "test" : "other" } }));
  const { results, errors } = await dubbo.many({ count: 5000, concurrency: 64, calls });
  assert.deepEqual(errors, {});
  assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 5000);
});

test("Thrift: THeader keys of requests and of replies; where there is no THeader, the client hears why", async () => {
  const marked = await thrift.call({ method: "headers", headers: { user: "test", debug: "1" } });
  const seen = marked.value as Record<string, string>;
  assert.match(String(seen.caller), FROM_HERE, JSON.stringify(marked));
  assert.equal(seen.debug, undefined);
  assert.equal(seen.via, "100% thrift, route tests");
  assert.equal(marked.headers?.["asked-by"], "test");
  assert.equal(marked.headers?.["served-by"], `127.0.0.1:${thriftServer.port}`);
  const port = [...await mesh.envoy.listeners()].find(([listener]) => listener.includes("thrift"))![1].port;
  const framed = await startClient("go", { port, transport: "framed" });
  const refused = await framed.call({ method: "whoami" });
  await framed.stop();
  assert.equal(refused.ok, false);
  assert.match(String(refused.error), /cannot carry the change/);
});

test("AwesomeRPC: headers, each reply with the values of its own request", async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => awesome.call({ user: "test", n: String(i) })));
  for (const [i, answer] of answers.entries()) {
    const headers = Object.fromEntries(answer.headers);
    assert.equal(headers.n, String(i));
    assert.match(String(headers.caller), FROM_HERE);
    assert.equal(headers["asked-by"], "test");
    assert.equal(headers.via, "100% awesomerpc, route tests");
  }
});

test("Redis has no place for headers: told where it is written", async () => {
  const yaml = [serviceEntry("cache.example", "tcp-redis", [[1]]), resources("cache", (name) => name)].join("\n---\n");
  await assert.rejects(startMesh(yaml), /^mesh\.yaml:5: document 3, spec\.mutation\.request\.set\.via: codec "redis" cannot change the key "via" of a request: its requests cannot carry additional keys; allowed: nothing$/m);
});

test("the example is taken as it is", async () => {
  const server = await new AwesomeServer("v1").start(), { port } = server;
  const own = await startMesh(readText("examples/policies/mutation.yaml").replace("number: 7000", "number: 0").replace("7001", String(port)));
  const client = await AwesomeClient.connect(own.ports[0]!);
  const headers = Object.fromEntries((await client.call({ user: "tester" })).headers);
  await client.close();
  await own.envoy.stop();
  await server.stop();
  assert.deepEqual([headers["asked-by"], headers["served-by"]], ["tester", `127.0.0.1:${port}`]);
  assert.match(String(headers["took-ms"]), /^\d+$/);
});
