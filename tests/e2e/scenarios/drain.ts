import assert from "node:assert/strict";
import { connect } from "node:net";
import { until } from "../../../harness/tools/wait.ts";
import type { Scenario } from "./world.ts";

const WAIT_MS = 1500;

/** A service is taken away while its clients are at work. */
export const drain: Scenario = {
  name: "drain",
  services: { going: { endpoints: ["a"] } },
  tests(world, mode) {
    world.test("drain.answered", mode, "its listener goes: what a server has in hand is answered, and nobody new is taken", () => world.withClients("going", mode, async (clients) => {
      const server = world.servers.a!, port = world.port("going", mode), before = await server.waiting();
      for (const [client, name] of clients) assert.deepEqual(await client.echo("x"), { ok: true, text: "x" }, name);
      const pending = clients.map(([client]) => client.wait(WAIT_MS));
      await until("all requests are with the server", 10_000, async () => await server.waiting() === before + clients.length);
      await world.change("going", mode, undefined);
      await until("nobody listens", 10_000, () => new Promise<boolean>((resolve) => {
        const probe = connect(port, "127.0.0.1", () => resolve(false)).on("error", () => resolve(true)).on("connect", () => probe.destroy());
      }));
      for (const [i, outcome] of (await Promise.all(pending)).entries()) assert.equal(outcome.ok, true, `${clients[i]![1]}: ${outcome.text}`);
    }));
  },
};
