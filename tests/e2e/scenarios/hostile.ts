import assert from "node:assert/strict";
import { connect } from "node:net";
import { until } from "../../../harness/tools/wait.ts";
import { MIB } from "../flow.ts";
import type { Mode } from "./protocol.ts";
import type { Scenario, World } from "./world.ts";

const MOST_GROWTH = 64 * MIB, ROUND = 100;

/** Work while clients of good will ask, which nothing may disturb. */
async function undisturbed(world: World, mode: Mode, work: () => Promise<void>): Promise<void> {
  const good = await world.first("good", mode), before = world.envoy.rss();
  let over = false;
  const asking = (async (): Promise<void> => {
    do assert.deepEqual(await good.many(ROUND, ["any"]), { answers: { a: ROUND }, errors: {} }); while (!over);
  })();
  try {
    await work();
  } finally {
    over = true;
    await asking.finally(() => good.stop());
  }
  world.noVmHasDied();
  assert.equal(world.envoy.rss() - before < MOST_GROWTH, true, `grew by ${(world.envoy.rss() - before) / MIB} MiB`);
}

/** Says some bytes on a connection of its own, and resolves when that has ended. */
async function send(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  // not `once`, which takes a reset for a failure
  await new Promise((resolve) => socket.on("error", () => socket.destroy()).once("close", resolve).resume().end(bytes));
}

/** Peers that send what no peer of good will sends. */
export const hostile: Scenario = {
  name: "hostile",
  services: {
    // a rule that asks for a key, so that requests are read as far as they can be
    good: { endpoints: ["a"], rules: ({ key, pattern }, to) => [{ match: [{ headers: { [key]: pattern("b") } }], route: [to("a")] }, { route: [to("a")] }] },
    liar: { endpoints: ["liar"] },
  },
  tests(world, mode) {
    world.test("hostile.clients", mode, "clients send rubbish, or stop in the middle of a request: their connections end, others go on", async () => {
      const request = world.protocol.request("cut", 1), parts = Array.from(request, (_, length) => request.subarray(0, length));
      const all = async (): Promise<void> => {
        for (const bytes of [...world.protocol.hostileRequests(), ...parts]) await send(world.port("good", mode), bytes);
      };
      // what V8 compiles and the VM grows to on first use is not what rubbish leaves behind
      await all();
      await undisturbed(world, mode, all);
    });

    world.test("hostile.servers", mode, "servers answer rubbish: an error or the end of the connection, and for that client only", () => undisturbed(world, mode, async () => {
      for (const bytes of world.protocol.hostileAnswers()) {
        world.lie.bytes = bytes;
        const { told } = world.lie, client = connect(world.port("liar", mode), "127.0.0.1");
        const heard = new Promise((resolve) => client.on("error", () => client.destroy()).once("close", resolve).once("data", resolve));
        client.write(world.protocol.request("x", 1));
        // some of them never end: the client is the one to leave
        await Promise.race([heard, until("the answer was sent", 10_000, () => world.lie.told > told)]);
        client.destroy();
      }
    }));
  },
};
