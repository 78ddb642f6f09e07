/** Thrift inline, all transports and protocols: the first call chooses the server; what is refused is an answer to a call that no service has. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { blobOf, CLIENT_STACKS, startClient, startServer, type Call, type ClientOptions, type Library, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";

const ITEM = { id: 3, name: "lamp", numbers: [1, -12345678901], tags: { a: "b" }, marks: [1, 2], flag: true, weight: -1.5 };
const NO_ROUTE = /no route matches this request/, OTHER_CLUSTER = /leads to another cluster than its connection/;
const UNKNOWN_METHOD = 1, INTERNAL_ERROR = 6;
const LIBRARIES = ["python", "node", "go"] as const;

const servers: Record<string, ThriftServer> = {};
const ports: Record<string, number> = {};
let mesh: Mesh;
/** Clients so far: each is to keep its one connection. */
let clients = 0;

before(async () => {
  for (const [name, library, transport] of [["v1", "python", "header"], ["v2", "go", "header"], ["node", "node", "framed"]] as const) {
    servers[name] = await startServer(library, { name, transport });
  }
  const rule = (to: string, ...matches: Record<string, string>[]): object => ({
    match: matches.map((match) => ({ headers: Object.fromEntries(Object.entries(match).map(([key, exact]) => [key, { exact }])) })),
    route: [{ destination: { host: `${to}.example` } }],
  });
  const methods = (...names: string[]): Record<string, string>[] => names.map((method) => ({ method }));
  const routes = (name: string, ...http: object[]): string =>
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name }, spec: { hosts: [`${name}.example`], http } });
  mesh = await startMesh([
    ...Object.entries(servers).map(([name, { port }]) => inlineEntry(`${name}.example`, `tcp-thrift-${name}`, [[port]])),
    inlineEntry("main.example", "tcp-thrift-main", [[servers.v1!.port]]),
    routes("main", rule("v1", { service: "Stock", method: "calls" }), rule("v2", { service: "Stock" }, { "header.user": "test" }, ...methods("sleep")),
      rule("v1", ...methods("whoami", "echo", "add", "item", "blob", "boom", "crash"))),
    routes("node", rule("node", ...methods("whoami", "echo"))),
  ].join("\n---\n"));
  for (const [name, { port }] of await mesh.envoy.listeners()) ports[["main", "node"].find((each) => name.includes(`${each}.example`))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.kill()));
});

async function using<T>(library: Library, name: string, options: Omit<ClientOptions, "port">, work: (client: ThriftClient) => Promise<T>): Promise<T> {
  const client = await startClient(library, { port: ports[name]!, ...options });
  clients++;
  try {
    return await work(client);
  } finally {
    await client.stop();
  }
}

const valueOf = async (client: ThriftClient, call: Call): Promise<unknown> => {
  const result = await client.call(call);
  assert.equal(result.ok, true, `${client.library} ${call.method}: ${result.error}\n${client.log()}\n${mesh.envoy.log()}`);
  return result.value;
};

async function isRefused(client: ThriftClient, call: Call, words: RegExp, type = UNKNOWN_METHOD): Promise<void> {
  const refused = await client.call(call);
  assert.deepEqual([refused.ok, refused.class, refused.type], [false, "TApplicationException", type], `${refused.error}`);
  assert.match(refused.error!, words);
}

for (const library of LIBRARIES) {
  for (const [i, stack] of CLIENT_STACKS[library].entries()) {
    // one half names a service, whose server is the other one
    const service = i % 2 ? "Stock" : undefined, server = service ? "v2/Stock" : "v1";

    test(`${library}, ${stack.transport} ${stack.protocol}: the first call chooses ${server}, all methods; what is refused is a TApplicationException, and the connection goes on`, () =>
      using(library, "main", { ...stack, service }, async (client) => {
        assert.equal(await valueOf(client, { method: "whoami" }), server);
        assert.equal(await valueOf(client, { method: "add", args: [40, 2] }), 42);
        assert.deepEqual(await valueOf(client, { method: "item", args: [ITEM] }), ITEM);
        assert.equal(await valueOf(client, { method: "blob", args: [300_000] }), blobOf(300_000));
        const boom = await client.call({ method: "boom", args: ["bang"] });
        assert.deepEqual([boom.ok, boom.class], [false, "Oops"]);
        const crash = await client.call({ method: "crash", args: ["ouch"] });
        assert.deepEqual([crash.ok, crash.class, crash.type], [false, "TApplicationException", INTERNAL_ERROR]);
        for (let n = 0; n < 2; n++) {
          if (service) await isRefused(client, { method: "calls", args: ["echo"] }, OTHER_CLUSTER);
          else await isRefused(client, { method: "calls", args: ["echo"] }, NO_ROUTE);
          if (!service) await isRefused(client, { method: "sleep", args: [1, "x"] }, OTHER_CLUSTER);
          assert.equal(await valueOf(client, { method: "whoami" }), server);
        }
      }));
  }

  test(`${library}: a THeader key of the first call chooses as well`, () => using(library, "main", { transport: "header" }, async (client) => {
    assert.equal(await valueOf(client, { method: "whoami", headers: { user: "test" } }), "v2");
    await isRefused(client, { method: "whoami" }, OTHER_CLUSTER);
    assert.equal(await valueOf(client, { method: "whoami", headers: { user: "test" } }), "v2");
  }));

  test(`${library}: a Node server behind the filter, framed: refused calls do not disturb it`, () => using(library, "node", { transport: "framed" }, async (client) => {
    await isRefused(client, { method: "calls", args: ["echo"] }, NO_ROUTE);
    for (let n = 0; n < 3; n++) {
      assert.equal(await valueOf(client, { method: "whoami" }), "node");
      await isRefused(client, { method: "blob", args: [100_000] }, NO_ROUTE);
    }
  }));
}

describe("order", () => {
  const calls = Array.from({ length: 100 }, (_, n): Call => n % 3 ? { method: "echo", args: [`{n}`] } : { method: "calls", args: ["echo"] });

  async function inOrder(client: ThriftClient): Promise<void> {
    for (const [n, { value, error, type }] of (await client.pipeline(calls)).entries()) {
      if (n % 3) assert.equal(value ?? error, String(n));
      else assert.deepEqual([type, NO_ROUTE.test(error!)], [UNKNOWN_METHOD, true], `${n}: ${value ?? error}`);
    }
  }

  for (const stack of CLIENT_STACKS.python) {
    test(`${stack.transport} ${stack.protocol}: 100 calls with sequence id 0 in flight, every third refused: answers and errors in order`, () =>
      using("python", "main", stack, inOrder));
  }

  test("the same with sequence ids, from Node and Go", async () => {
    for (const library of ["node", "go"] as const) await using(library, "main", { transport: "buffered" }, inOrder);
  });
});

test("one-way calls pass, and vanish where they are refused; nothing waits for an answer", async () => {
  for (const library of ["python", "node"] as const) {
    await using(library, "main", { protocol: "compact", service: "Stock" }, async (client) => {
      for (let n = 0; n < 10; n++) {
        assert.equal((await client.call({ method: "notify", args: ["x"] })).ok, true);
        assert.equal(await valueOf(client, { method: "whoami" }), "v2/Stock");
      }
    });
    await using(library, "main", { protocol: "compact" }, async (client) => {
      for (let n = 0; n < 10; n++) {
        assert.equal((await client.call({ method: "notify", args: ["x"] })).ok, true);
        assert.equal(await valueOf(client, { method: "whoami" }), "v1");
      }
    });
  }
});

test("each client had one connection all the time", async () => {
  await until("all are counted", 5000, async () => (await mesh.count("meltemi_connections")) >= clients);
  assert.equal(await mesh.count("meltemi_connections"), clients);
});

test("no reply was late, unknown or second; nothing was unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
