/** One client connection while endpoints come and go through the control plane: what each policy gives them then. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import type { EnvoyHandle } from "../../harness/envoy/envoy.ts";
import { RespClient, type RedisServer, RespError, startRedis } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

/** Shares of so many samples that are this far off would be others: five times the standard deviation of a half is 4.6 points. */
const SETTLED_MS = 60_000, POINTS = 5;
const SAMPLES = 3000, CALLERS = 8;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function stage(text: string): Promise<{ folder: Folder; envoy: EnvoyHandle; port(host: string): Promise<number> }> {
  const folder = new Folder();
  ends.push(() => folder.remove());
  folder.write(text);
  const plane = await startPlane(folder);
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  const port = (host: string): Promise<number> => until(`a listener of ${host}`, 20_000, async () => [...await envoy.listeners()].find(([name]) => name.includes(host))?.[1].port);
  return { folder, envoy, port };
}

type Weights = Partial<Record<"a" | "b" | "c" | "d", number>>;
/** `weighs`: its endpoints have weights, and shares by them; what is least busy depends on how fast each is, too: there all weigh the same. */
const POLICIES: Record<string, { loadBalancer: object; weighs: boolean }> = {
  rotation: { loadBalancer: { simple: "ROUND_ROBIN" }, weighs: true },
  least: { loadBalancer: { simple: "LEAST_REQUEST" }, weighs: false },
  chance: { loadBalancer: { simple: "RANDOM" }, weighs: true },
  hash: { loadBalancer: { consistentHash: { httpHeaderName: "user" } }, weighs: true },
};
const STEPS: Weights[] = [{ a: 1, b: 1 }, { a: 1, b: 1, c: 2 }, { b: 1, c: 3 }, { a: 1, b: 1, c: 1, d: 1 }];

const total = (seen: Map<string, number>): number => [...seen.values()].reduce((sum, n) => sum + n, 0);

/** What is wrong with the shares that a policy has given. */
function difference(name: string, seen: Map<string, number>, weights: Weights): string | undefined {
  const wanted = Object.entries(weights), sum = wanted.reduce((all, [, weight]) => all + weight, 0);
  if ([...seen.keys()].sort().join() !== wanted.map(([server]) => server).join()) return `${name}: ${[...seen.keys()].sort().join()} have answered`;
  for (const [server, weight] of wanted) {
    const share = 100 * seen.get(server)! / total(seen), due = POLICIES[name]!.weighs ? 100 * weight / sum : 100 / wanted.length;
    if (Math.abs(share - due) >= POINTS) return `${name}: ${server} has ${share.toFixed(1)} % in place of ${due.toFixed(1)} %`;
  }
  return undefined;
}

test("shares are the policy's after each change, and no request fails", async (t) => {
  const servers = await Promise.all(["a", "b", "c", "d"].map((name) => new AwesomeServer(name).start()));
  ends.push(() => Promise.all(servers.map((server) => server.stop())));
  const mesh = (weights: Weights): string => Object.entries(POLICIES).flatMap(([name, { loadBalancer, weighs }]) => [
    JSON.stringify({
      apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name }, spec: {
        hosts: [`${name}.example`], resolution: "STATIC", ports: [{ number: 0, name: "tcp-metaprotocol-awesomerpc" }],
        endpoints: servers.flatMap(({ name: server, port }) => server in weights ? [{ address: "127.0.0.1", ports: { "tcp-metaprotocol-awesomerpc": port }, weight: weighs ? weights[server as keyof Weights] : 1 }] : []),
      },
    }),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name }, spec: { host: `${name}.example`, trafficPolicy: { loadBalancer } } }),
  ]).join("\n---\n");
  const { folder, port } = await stage(mesh(STEPS[0]!));
  const counted = Object.fromEntries(Object.keys(POLICIES).map((name) => [name, new Map<string, number>()])), failures: string[] = [];
  let over = false, calls = 0;
  const callers: Promise<void>[] = [];
  ends.push(() => { over = true; });
  for (const [name, seen] of Object.entries(counted)) {
    const client = await AwesomeClient.connect(await port(`${name}.example`));
    ends.push(() => client.close());
    const call = async (): Promise<void> => {
      while (!over) {
        const { status, headers, body } = await client.call({ user: `u${Math.random()}` });
        const server = headers.find(([key]) => key === "server")?.[1] ?? "?";
        if (status !== 0) failures.push(`${name}: ${status} ${body.toString()}`);
        seen.set(server, (seen.get(server) ?? 0) + 1);
        calls++;
        // other connections of this process have their turn
        await new Promise(setImmediate);
      }
    };
    callers.push(...Array.from({ length: CALLERS }, call));
  }
  const running = Promise.all(callers);
  running.catch((error: unknown) => failures.push(String(error)));
  let wrong: string | undefined;
  for (const weights of STEPS) {
    folder.write(mesh(weights));
    await until(`the shares of ${JSON.stringify(weights)}`, SETTLED_MS, async () => {
      for (const seen of Object.values(counted)) seen.clear();
      await until("all policies have their samples", SETTLED_MS, () => failures.length > 0 || Object.values(counted).every((seen) => total(seen) >= SAMPLES));
      wrong = Object.entries(counted).map(([name, seen]) => difference(name, seen, weights)).find((each) => each !== undefined);
      return failures.length > 0 || wrong === undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${wrong}`);
    });
  }
  over = true;
  await running;
  assert.deepEqual(failures, []);
  t.diagnostic(`${calls} requests on ${Object.keys(POLICIES).length} connections over ${STEPS.length} changes`);
});

test("Redis: a connection whose server is taken out goes on at another, in its database, and no command fails", async () => {
  const servers = await Promise.all([startRedis(), startRedis()]) as [RedisServer, RedisServer];
  ends.push(() => Promise.all(servers.map((server) => server.stop())));
  const cache = (...endpoints: RedisServer[]): string => serviceEntry("cache.example", "tcp-redis", endpoints.map(({ port }) => [port]));
  const { folder, port } = await stage(cache(servers[0]));
  const client = await RespClient.connect(await port("cache.example"));
  ends.push(() => client.close());
  assert.equal(await client.call("SELECT", 3), "OK");
  const replies: unknown[] = [];
  let over = false;
  const load = (async () => {
    while (!over) replies.push(await client.call("INCR", "n"));
  })();
  const counts = (): Promise<unknown[]> => Promise.all(servers.map(async (server) => {
    const direct = await RespClient.connect(server.port);
    await direct.call("SELECT", 3);
    const count = await direct.call("GET", "n");
    await direct.close();
    return count;
  }));
  for (const at of [1, 0]) {
    folder.write(cache(servers[at]!));
    const before = await counts();
    await until("the other server gets the commands", SETTLED_MS, async () => Number((await counts())[at]) > Number(before[at]) + 10);
    const [there, left] = [await counts(), replies.length];
    await until("more commands", 10_000, () => replies.length > left + 100);
    assert.equal((await counts())[1 - at], there[1 - at], "the one that was taken out gets nothing more");
  }
  over = true;
  await load;
  assert.deepEqual(replies.filter((reply) => reply instanceof RespError), []);
  const total = (await counts()).reduce((sum: number, count) => sum + Number(count), 0);
  assert.equal(total, replies.length, "each command has run once");
});
