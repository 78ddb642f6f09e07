/** Real Thrift clients and servers, of all libraries, over every transport and protocol they have, through the real Envoy. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { blobOf, CLIENT_STACKS, startClient, startServer, type Call, type ClientOptions, type Library, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const ITEM = { id: 3, name: "lamp", numbers: [1, -12345678901], tags: { a: "b" }, marks: [1, 2], flag: true, weight: -1.5 };
const NO_ROUTE = /no route matches this request/, CANNOT_CHANGE = /cannot carry the change of header.debug, header.tracing, header.user .*: only messages with a THeader can/;
const UNKNOWN_METHOD = 1, PROTOCOL_ERROR = 7;
const SUBSETS = ["v1", "v2"];

const servers: Record<string, ThriftServer> = {};
/** To the servers themselves, not through Envoy. */
const direct: Record<string, ThriftClient> = {};
let mesh: Mesh;
const ports: Record<string, number> = {};

before(async () => {
  for (const [name, library, transport] of [["v1", "python", "header"], ["v2", "python", "header"], ["go", "go", "header"], ["node", "node", "framed"]] as const) {
    servers[name] = await startServer(library, { name, transport });
    direct[name] = await startClient("go", { port: servers[name].port });
  }
  const python = [service("main", "v1", "v2"), service("strict", "v1", "v2"), service("mutate", "v1", "v2")];
  mesh = await startMesh([...python, service("split", "go", "node"), ...RULES.map((rule) => JSON.stringify(rule))].join("\n---\n"));
  for (const [name, { port }] of await mesh.envoy.listeners()) ports[["main", "strict", "mutate", "split"].find((each) => name.includes(each))!] = port;
});

after(async () => {
  await Promise.allSettled([...Object.values(direct).map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled(Object.values(servers).map((server) => server.kill()));
});

const host = (name: string): string => `${name}.example`;
const to = (name: string, subset: string, weight?: number): object => ({ destination: { host: host(name), subset }, weight });

function service(name: string, ...endpoints: string[]): string {
  const subsets = SUBSETS.map((version) => ({ name: version, labels: { version } }));
  return [
    serviceEntry(host(name), `tcp-thrift-${name}`, endpoints.map((endpoint, i) => [servers[endpoint]!.port, { version: SUBSETS[i]! }])),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name }, spec: { host: host(name), subsets } }),
  ].join("\n---\n");
}

const routes = (name: string, ...http: object[]): object =>
  ({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name }, spec: { hosts: [host(name)], http } });
const when = (headers: Record<string, string>): object[] => [{ headers: Object.fromEntries(Object.entries(headers).map(([key, exact]) => [key, { exact }])) }];

const RULES = [
  routes("main",
    { match: when({ service: "Stock" }), route: [to("main", "v2")] },
    { match: [...when({ method: "add" }), ...when({ method: "sleep" }), ...when({ method: "notify" })], route: [to("main", "v2")] },
    { match: when({ "header.user": "test" }), route: [to("main", "v2")] },
    { route: [to("main", "v1")] }),
  routes("strict", { match: when({ method: "whoami" }), route: [to("strict", "v1")] }),
  routes("mutate", { route: [to("mutate", "v1")], headers: {
    request: { set: { "header.tracing": "100", "header.user": "changed" }, remove: ["header.debug"] }, response: { set: { "header.experiment": "yes" } } } }),
  routes("split", { route: [to("split", "v1", 30), to("split", "v2", 70)] }),
];

/** Runs some work with a client of a service's listener. */
async function using<T>(library: Library, name: string, options: Omit<ClientOptions, "port">, work: (client: ThriftClient) => Promise<T>): Promise<T> {
  const client = await startClient(library, { port: ports[name]!, ...options });
  try {
    return await work(client);
  } finally {
    await client.stop();
  }
}

const counted = async (server: string, method: string): Promise<number> => Number((await direct[server]!.call({ method: "calls", args: [method] })).value);
const valueOf = async (client: ThriftClient, call: Call): Promise<unknown> => {
  const result = await client.call(call);
  assert.equal(result.ok, true, `${client.library} ${call.method}: ${result.error}\n${client.log()}\n${mesh.envoy.log()}`);
  return result.value;
};

for (const [library, stacks] of Object.entries(CLIENT_STACKS) as [Library, typeof CLIENT_STACKS[Library]][]) {
  for (const stack of stacks) {
    const name = `${library}, ${stack.transport} ${stack.protocol}`;

    test(`${name}: all methods, each on the server that its route says`, () => using(library, "main", stack, async (client) => {
      const before = await counted("v2", "add");
      assert.equal(await valueOf(client, { method: "add", args: [40, 2] }), 42);
      assert.equal(await counted("v2", "add"), before + 1, "add is v2's");
      assert.equal(await valueOf(client, { method: "whoami" }), "v1");
      assert.deepEqual(await valueOf(client, { method: "item", args: [ITEM] }), ITEM);
      assert.equal(await valueOf(client, { method: "blob", args: [300_000] }), blobOf(300_000));
      const boom = await client.call({ method: "boom", args: ["bang"] });
      assert.deepEqual([boom.ok, boom.class], [false, "Oops"]);
      const crash = await client.call({ method: "crash", args: ["ouch"] });
      assert.deepEqual([crash.ok, crash.class, crash.type], [false, "TApplicationException", 6]);
      if (stack.transport !== "header") return;
      assert.equal(await valueOf(client, { method: "whoami", headers: { user: "test" } }), "v2");
      assert.equal(await valueOf(client, { method: "whoami", headers: { user: "Test" } }), "v1");
    }));

    test(`${name}: without a route, a TApplicationException as the library raises it; the connection goes on`, () => using(library, "strict", stack, async (client) => {
      for (let n = 0; n < 3; n++) {
        const lost = await client.call({ method: "echo", args: ["x"] });
        assert.deepEqual([lost.ok, lost.class, lost.type], [false, "TApplicationException", UNKNOWN_METHOD], `${lost.error}`);
        assert.match(lost.error!, NO_ROUTE);
        assert.equal(await valueOf(client, { method: "whoami" }), "v1");
      }
    }));
  }

  test(`${library}: a service of the multiplexed name has its own route`, async () => {
    for (const stack of CLIENT_STACKS[library].filter(({ protocol, transport }) => (protocol === "binary") === (transport === "framed"))) {
      assert.equal(await using(library, "main", { ...stack, service: "Stock" }, (client) => valueOf(client, { method: "whoami" })), "v2/Stock");
      assert.equal(await using(library, "main", { ...stack, service: "Demo" }, (client) => valueOf(client, { method: "whoami" })), "v1");
    }
  });
}

describe("THeader keys", () => {
  for (const library of ["python", "go", "node"] as const) {
    for (const protocol of ["binary", "compact"] as const) {
      test(`${library}, ${protocol}: set, overwritten and removed on the way`, () => using(library, "mutate", { transport: "header", protocol }, async (client) => {
        const seen = await client.call({ method: "headers", headers: { user: "test", debug: "1", other: "kept" } });
        assert.deepEqual(seen.value, { tracing: "100", user: "changed", other: "kept" }, `${seen.error}`);
        if (library === "node") return;
        assert.deepEqual(seen.headers, { "served-by": "v1", experiment: "yes" });
      }));
    }
  }

  test("a deflated payload: keys are changed, the payload passes", () => using("python", "mutate", { transport: "header", zlib: true }, async (client) => {
    assert.equal(await valueOf(client, { method: "echo", args: ["x".repeat(5000)], headers: { debug: "1" } }), "x".repeat(5000));
    assert.deepEqual(await valueOf(client, { method: "headers", headers: { debug: "1" } }), { tracing: "100", user: "changed" });
  }));

  test("clients without THeader are refused where a rule changes a key", async () => {
    for (const library of ["python", "node", "go", "thriftpy2"] as const) {
      for (const transport of ["framed", "buffered"] as const) {
        await using(library, "mutate", { transport, protocol: "compact" }, async (client) => {
          const refused = await client.call({ method: "echo", args: ["x"] });
          assert.deepEqual([refused.ok, refused.class, refused.type], [false, "TApplicationException", PROTOCOL_ERROR], `${refused.error}`);
          assert.match(refused.error!, CANNOT_CHANGE);
        });
      }
    }
  });
});

describe("shares", () => {
  test("30/70, request by request on one connection, between Go and Node", async () => {
    for (const library of ["python", "node", "go", "thriftpy2"] as const) {
      const { results, errors } = await using(library, "split", {}, (client) => client.many({ count: 1500, calls: [{ method: "whoami" }] }));
      assert.deepEqual(errors, {}, library);
      const share = results.go! / (results.go! + results.node!);
      assert.ok(Math.abs(share - 0.3) < 0.05, `${library}: go got ${share} of ${JSON.stringify(results)}`);
    }
  });
});

describe("order", () => {
  const calls = Array.from({ length: 100 }, (_, n): Call => n % 2 ? { method: "sleep", args: [n % 5, "{n}"] } : { method: "echo", args: ["{n}"] });
  const inOrder = calls.map((_, n) => String(n));

  for (const { transport, protocol } of CLIENT_STACKS.python) {
    test(`${transport} ${protocol}: 100 calls with sequence id 0, in flight together to two servers of which one is slow: answers in order`, () =>
      using("python", "main", { transport, protocol }, async (client) => {
        const answers = await client.pipeline(calls);
        assert.deepEqual(answers.map(({ value, error }) => value ?? error), inOrder);
      }));
  }

  test("the same with sequence ids, from Node and Go", async () => {
    for (const library of ["node", "go"] as const) {
      const answers = await using(library, "main", { transport: "buffered" }, (client) => client.pipeline(calls));
      assert.deepEqual(answers.map(({ value, error }) => value ?? error), inOrder, library);
    }
  });

  test("a Node server answers in any order, Envoy in that of the requests", async () => {
    const later = Array.from({ length: 40 }, (_, n): Call => ({ method: "sleep", args: [40 - n, "{n}"] }));
    const answers = await using("go", "split", {}, (client) => client.pipeline(later));
    assert.deepEqual(answers.map(({ value, error }) => value ?? error), later.map((_, n) => String(n)));
  });
});

describe("one-way", () => {
  for (const library of ["python", "node", "thriftpy2"] as const) {
    test(`${library}: reaches its server, nothing waits for an answer`, () => using(library, "main", { protocol: "compact" }, async (client) => {
      const before = await counted("v2", "notify");
      for (let n = 0; n < 20; n++) {
        assert.equal((await client.call({ method: "notify", args: ["x"] })).ok, true);
        assert.equal(await valueOf(client, { method: "whoami" }), "v1", "the next answer is not held up");
      }
      await until("all are counted", 10_000, async () => (await counted("v2", "notify")) === before + 20);
    }));
  }
});

test("no reply was late, unknown or second; nothing was unreadable", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
});
