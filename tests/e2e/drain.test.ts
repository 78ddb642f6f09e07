/**
 * Listeners go while Dubbo, Thrift and Redis clients are at work, in both ways that Envoy has: what was taken is answered,
 * what was not has reached no server, and who connects again is served by the new listener.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RespError } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import type { Load } from "./drain-load.ts";
import { Blocked, Subscriber } from "./drain-waiting.ts";
import { MANNERS, World } from "./drain-world.ts";

const WAYS = { "listener update": new World(true), "/drain_listeners?graceful": new World(false) };

const PATIENCE_MS = 20_000;

before(async () => {
  const worlds = Object.values(WAYS);
  // One after the other: ports that are free for both would be given to both.
  for (const world of worlds) await world.start();
  await Promise.all(worlds.map((world) => world.work()));
  await Promise.all(worlds.map((world) => world.drain()));
});

after(() => Promise.all(Object.values(WAYS).map((world) => world.stop())));

/** Requests that may be on their way when a connection ends: one turn of each caller. */
function most({ name }: Load): number {
  const [protocol, second = "", third = ""] = name.split(" "), manner = MANNERS[second];
  if (protocol === "redis") return manner ? manner.callers * manner.commands : 0;
  return { turns: 1, batches: 10, shared: 4, slow: protocol === "dubbo" ? 2 : 1 }[third]!;
}

for (const [name, world] of Object.entries(WAYS)) {
  describe(name, () => {
    const blocked = (): Blocked[] => world.waiting.filter((one) => one instanceof Blocked);
    const errors = (): number => blocked().reduce((all, { replies }) => all + replies.length, 0);
    const answered = (protocol: string): number => world.loads.filter((load) => load.name.startsWith(protocol)).reduce((all, load) => all + load.answered, 0);

    const unheardOf = (protocol: string): number => world.loads.filter(({ name }) => name.startsWith(protocol)).reduce((all, { unheard }) => all + unheard, 0);

    test("a connection loses at its end what its client sent behind it, at most", (t) => {
      for (const load of world.loads) {
        t.diagnostic(`${load.name}: ${load.answered} answered, lost at each end: ${load.lost.join(", ")}; ${[...load.words].join("; ")}`);
        assert.ok(load.lost.every((lost) => lost <= most(load)), `${load.name}: ${load.lost.join(", ")}`);
      }
    });

    test("what was taken was answered, and what has no answer was not run", async () => {
      // Redis' proof is that INCR has counted on: RedisLoad.
      const { thrift, dubbo } = world.direct;
      const seen = async (client: typeof thrift | typeof dubbo, method: string): Promise<number> => Number((await client.call({ method: "calls", args: [method] })).value);
      const servers = { thrift: await seen(thrift, "echo") + await seen(thrift, "sleep"), dubbo: await seen(dubbo, "hello") + await seen(dubbo, "slow") };
      for (const [protocol, run] of Object.entries(servers)) {
        const unheard = unheardOf(protocol), got = answered(protocol);
        assert.equal(got <= run && run - got <= unheard, true, `${protocol}: ${run} run, ${got} answers heard; ${unheard} may be unheard`);
        for (const metric of ["requests", "replies"]) {
          await until(`${protocol} ${metric}: ${run}, or ${unheard} fewer or more`, PATIENCE_MS, async () => Math.abs(await world.mesh.count(`meltemi_${metric}.*=${protocol};`) - run) <= unheard);
        }
      }
    });

    test("what was popped has arrived, and subscribers miss nothing before their end", async () => {
      const left = await world.direct.redis.call("LRANGE", "work", 0, -1) as string[];
      assert.deepEqual([...world.queue.popped, ...left.map(Number)], Array.from({ length: world.queue.pushed }, (_, i) => i + 1));
      for (const each of world.waiting) if (each instanceof Subscriber) assert.deepEqual(each.news, each.news.map((_, i) => each.news[0]! + i));
    });

    test("connections that only wait end cleanly; a command that nobody can answer in time gets one error", (t) => {
      for (const each of world.waiting) {
        t.diagnostic(`${each.what}: ${each.end} after ${world.secondsOf(each).toFixed(1)} s`);
        assert.equal(each.end, "EOF", each.what);
      }
      for (const each of blocked()) {
        assert.equal(each.replies.length, world.wasCutShort(each) ? each.replies.length : 1);
        for (const reply of each.replies) assert.match((reply as RespError).message, /listener was removed before the server answered|closed the connection before it answered/);
      }
    });

    test("no answer was cut or unknown, no VM has died; a new listener serves", async () => {
      assert.equal(await world.mesh.count("meltemi_(cut_answers|unknown_replies|bad_)"), 0);
      const unheard = world.loads.reduce((all, load) => all + load.unheard, 0);
      await until(`errors are counted: ${errors()} that were told, and ${unheard} at most that nobody heard`, PATIENCE_MS, async () => {
        const more = await world.mesh.count("meltemi_errors") - errors();
        return more >= 0 && more <= unheard;
      });
      assert.equal(await world.mesh.count("meltemi_requests.*new-") > 0, world.updates);
      assert.doesNotMatch(world.mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
    });
  });
}
