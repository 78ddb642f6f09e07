import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { blobOf, CLIENT_STACKS, startClient, startServer, type Library, type ThriftClient, type ThriftServer } from "./index.ts";

const SETUP_MS = 1_000_000;
const ITEM = { id: 3, name: "lamp", numbers: [1, -12345678901], tags: { a: "b", "": "ü" }, marks: [1, 2], flag: true, weight: -1.5 };

/** The servers by library that tell each client's transport and protocol by themselves. */
const servers: Partial<Record<Library, ThriftServer>> = {};

before(async () => {
  for (const library of ["python", "go"] as const) servers[library] = await startServer(library, { name: library, transport: "header" });
}, { timeout: SETUP_MS });

after(async () => { await Promise.all(Object.values(servers).map((server) => server.kill())); });

/** Every method, and what each library makes of the two kinds of exceptions. */
async function talks(client: ThriftClient, name: string): Promise<void> {
  const value = async (method: string, ...args: unknown[]): Promise<unknown> => (await client.call({ method, args })).value;
  assert.equal(await value("whoami"), name);
  assert.equal(await value("echo", "häß"), "häß");
  assert.deepEqual(await value("item", ITEM), ITEM);
  assert.equal(await value("add", 40, 2), 42);
  assert.equal(await value("blob", 70_000), blobOf(70_000));
  const before = Number(await value("calls", "notify"));
  assert.equal((await client.call({ method: "notify", args: ["x"] })).ok, true);
  assert.equal(await value("calls", "notify"), before + 1, "the same connection has served the one-way call before");
  const boom = await client.call({ method: "boom", args: ["bang"] });
  assert.deepEqual([boom.ok, boom.class], [false, "Oops"]);
  assert.match(boom.error!, /bang/);
  const crash = await client.call({ method: "crash", args: ["ouch"] });
  assert.deepEqual([crash.ok, crash.class], [false, "TApplicationException"]);
}

for (const [library, stacks] of Object.entries(CLIENT_STACKS) as [Library, typeof CLIENT_STACKS[Library]][]) {
  for (const stack of stacks) {
    test(`${library} client, ${stack.transport} ${stack.protocol}, Python server`, async () => {
      const client = await startClient(library, { port: servers.python!.port, ...stack });
      try {
        await talks(client, "python");
        if (stack.transport !== "header") return;
        const seen = await client.call({ method: "headers", headers: { user: "test" } });
        assert.deepEqual(seen.value, { user: "test" });
      } finally {
        await client.stop();
      }
    });
  }
}

describe("servers", () => {
  for (const transport of ["framed", "buffered"] as const) {
    for (const protocol of ["binary", "compact"] as const) {
      test(`Go client, ${transport} ${protocol}, Node and Go servers, multiplexed`, async () => {
        const node = await startServer("node", { name: "node", transport, protocol });
        for (const server of [node, servers.go!]) {
          const clients = await Promise.all([undefined, "Demo", "Stock"].map((service) => startClient("go", { port: server.port, transport, protocol, service })));
          const [plain, demo, stock] = clients as [ThriftClient, ThriftClient, ThriftClient];
          await talks(plain, server.name);
          await talks(demo, server.name);
          await talks(stock, `${server.name}/Stock`);
          await Promise.all(clients.map((client) => client.stop()));
        }
        await node.kill();
      });
    }
  }

  test("THeader keys both ways, Go and Python", async () => {
    for (const [client, server] of [["go", "python"], ["python", "go"]] as const) {
      const each = await startClient(client, { port: servers[server]!.port, transport: "header", protocol: "compact" });
      const answer = await each.call({ method: "headers", headers: { user: "test", empty: "" } });
      assert.deepEqual([answer.value, answer.headers], [{ user: "test", empty: "" }, { "served-by": server }]);
      await each.stop();
    }
  });

  test("a deflated payload", async () => {
    const client = await startClient("python", { port: servers.go!.port, transport: "header", zlib: true });
    await talks(client, "go");
    await client.stop();
  });

  test("a pipeline, with sequence id 0 from Python", async () => {
    for (const library of ["python", "node", "go"] as const) {
      const client = await startClient(library, { port: servers.go!.port, transport: "buffered" });
      const answers = await client.pipeline(Array.from({ length: 50 }, (_, n) => ({ method: "sleep", args: [n % 3, "tag-{n}"] })));
      assert.deepEqual(answers.map(({ value }) => value), Array.from({ length: 50 }, (_, n) => `tag-${n}`));
      await client.stop();
    }
  });
});
