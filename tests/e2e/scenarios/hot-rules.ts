import assert from "node:assert/strict";
import { until } from "../../../harness/tools/wait.ts";
import type { Endpoint, Scenario, Service } from "./world.ts";

const service = (to: Endpoint): Service => ({ endpoints: ["a", "b"], rules: (_, destination) => [{ route: [destination(to)] }] });

/** Rules change while a client is at work. */
export const hotRules: Scenario = {
  name: "hot rules",
  services: { hot: service("a") },
  tests(world, mode) {
    world.test("hot-rules.change", mode, "a change of rules is in force for the next requests, and no request is lost", async () => {
      const client = await world.first("hot", mode);
      let over = false, first = false;
      const working = (async (): Promise<string[]> => {
        const servers: string[] = [];
        while (!over) {
          const { ok, text } = await client.who("any");
          // inline, a connection stays with the server of its first request: the rules that it began with have gone
          assert.equal(ok || mode === "inline", true, text);
          if (servers.at(-1) !== text) servers.push(text);
          first = true;
        }
        return servers;
      })();
      try {
        await until("the first answer", 10_000, () => first);
        for (const to of ["b", "a"] as const) {
          await world.change("hot", mode, service(to));
          await until(`requests of a new connection go to ${to}`, 10_000, async () => {
            const next = await world.first("hot", mode), { text } = await next.who("any");
            await next.stop();
            return text === to;
          });
        }
        over = true;
        const servers = await working;
        if (mode === "lanes") assert.deepEqual(servers.slice(0, 2), ["a", "b"], "of the client that was there before");
      } finally {
        over = true;
        await working.catch(() => undefined);
        await client.stop();
      }
    });
  },
};
