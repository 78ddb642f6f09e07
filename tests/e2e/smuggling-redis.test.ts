/** The smuggling cases on real servers: what they execute of the bytes directly, and that nothing of it is executed through the filter. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { made } from "../../codecs/redis/smuggling/made.ts";
import { type RedisCase, runsOf } from "../../codecs/redis/smuggling/run.ts";
import { type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const KINDS = ["redis", "valkey"] as const, WAYS = ["lanes", "inline"] as const;

const cases = made();
/** Cases with the same rules share a listener. */
const guardOf = ({ rules, default: otherwise, options }: RedisCase): string => JSON.stringify({ rules, default: otherwise, options });
const guards = [...new Set(cases.map(guardOf))];

/** Each way has a server of its own, whose counters are nobody else's. */
const servers: Record<string, RedisServer> = {}, ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const kind of KINDS) for (const way of ["directly", ...WAYS]) servers[`${kind}-${way}`] = await startRedis({ kind });
  const entries = KINDS.flatMap((kind) => guards.flatMap((_, i) => WAYS.map((way) => {
    const name = `${kind}-${way}-${i}`;
    return (way === "lanes" ? serviceEntry : inlineEntry)(`${name}.example`, `tcp-redis-${name}`, [[servers[`${kind}-${way}`]!.port]]);
  })));
  mesh = await startMesh(entries.join("\n---\n"), { plugin: (configuration) => {
    const { rules, default: otherwise, options } = JSON.parse(guards[Number(/-(\d+)\.example/.exec(String(configuration.service))![1])]!) as RedisCase;
    return { ...configuration, ...(options ? { options } : {}), filters: [{ name: "auth", config: { rules, default: otherwise } }] };
  } });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[/([a-z]+-[a-z]+-\d+)\.example/.exec(listener)![1]!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

describe("what a client hides", () => {
  for (const one of cases) {
    test(one.name, async () => {
      await Promise.all(KINDS.flatMap((kind) => [
        runsOf(servers[`${kind}-directly`]!.port, one).then((ran) => assert.deepEqual(ran, one.runs[kind], `${kind}, directly`)),
        ...WAYS.map(async (way) => {
          const through = ports[`${kind}-${way}-${guards.indexOf(guardOf(one))}`]!;
          assert.deepEqual(await runsOf(servers[`${kind}-${way}`]!.port, one, through), [], `${kind}, ${way}: ${mesh.envoy.log()}`);
        }),
      ]));
    });
  }
});
