/** Replication through the filter: a server, redis-cli --rdb and redis-cli --replica as replicas of a real master, on lanes and inline. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RespClient, redisCli, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { spawnRedisCli } from "../../harness/peers/redis/tools.ts";
import { cacheDir } from "../../harness/tools/paths.ts";
import { until } from "../../harness/tools/wait.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const KINDS = ["redis", "valkey"] as const, WAYS = ["lanes", "inline"] as const;
/** With a delay before it sends its data without a file between, as by default, a master says with line feeds that it lives. */
const DELAYED = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "2", "--repl-ping-replica-period", "1"];
const PATIENCE_MS = 30_000;

const masters: Record<string, RedisServer> = {}, ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const kind of KINDS) masters[kind] = await startRedis({ kind, args: DELAYED });
  const entries = KINDS.flatMap((kind) => [serviceEntry(`${kind}-lanes.example`, `tcp-redis-${kind}-lanes`, [[masters[kind]!.port]]), inlineEntry(`${kind}-inline.example`, `tcp-redis-${kind}-inline`, [[masters[kind]!.port]])]);
  mesh = await startMesh(entries.join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) {
    for (const kind of KINDS) for (const way of WAYS) if (listener.includes(`${kind}-${way}`)) ports[`${kind}-${way}`] = port;
  }
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(masters).map((server) => server.stop()));
});

async function on<T>(server: RedisServer, work: (client: RespClient) => Promise<T>): Promise<T> {
  const client = await RespClient.connect(server.port);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

for (const way of WAYS) {
  describe(way, () => {
    test("a server follows with REPLICAOF: it gets what there is, then what comes, and its acknowledgements arrive", async () => {
      const master = masters.valkey!, replica = await startRedis({ kind: "valkey" });
      try {
        await on(master, (client) => client.call("SET", "before", way));
        await on(replica, async (client) => {
          await client.call("REPLICAOF", "127.0.0.1", ports[`valkey-${way}`]!);
          await until("the replica has what there is", PATIENCE_MS, async () => /master_link_status:up/.test(String(await client.call("INFO", "replication"))));
          assert.equal(await client.call("GET", "before"), way);
        });
        await on(master, async (there) => {
          await there.call("SET", "later", way);
          assert.equal(await there.call("WAIT", 1, PATIENCE_MS), 1, "its acknowledgement arrives");
        });
        assert.equal(await on(replica, (client) => client.call("GET", "later")), way);
      } finally {
        await replica.stop();
      }
    });

    for (const kind of KINDS) {
      test(`redis-cli --rdb takes a copy of ${kind}`, async () => {
        const folder = mkdtempSync(join(cacheDir("run"), "rdb-")), file = join(folder, "dump.rdb");
        try {
          await on(masters[kind]!, (client) => client.call("SET", "copied", way));
          const said = await redisCli({ port: ports[`${kind}-${way}`]! }, [], ["--rdb", file]);
          assert.match(said, /Transfer finished with success/, mesh.envoy.log());
          assert.match(readFileSync(file, "latin1"), new RegExp(`^(REDIS|VALKEY)[^]*copied[^]*${way}`));
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });

      test(`redis-cli --replica prints what ${kind} is told`, async () => {
        const cli = await spawnRedisCli(ports[`${kind}-${way}`]!, ["--replica"]);
        try {
          await cli.waitFor(/SYNC done|sync done/i, PATIENCE_MS);
          await on(masters[kind]!, (client) => client.call("SET", `printed-${way}`, "1"));
          await cli.waitFor(new RegExp(`"SET","printed-${way}","1"`), PATIENCE_MS);
        } finally {
          await cli.stop();
        }
      });
    }
  });
}
