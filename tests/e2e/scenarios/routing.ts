import assert from "node:assert/strict";
import { NO_ROUTE, OTHER_CLUSTER } from "./words.ts";
import type { Scenario } from "./world.ts";

/** Rules choose the server: of each request on lanes, of the connection inline. */
export const routing: Scenario = {
  name: "routing",
  services: {
    routed: {
      endpoints: ["a", "b"],
      rules: ({ key, pattern }, to) => (["a", "b"] as const).map((tag) => ({ match: [{ headers: { [key]: pattern(tag) } }], route: [to(tag)] })),
    },
  },
  tests(world, mode) {
    world.test("routing.rules", mode, "a request goes where its rule says; one that has none is refused, and the connection goes on", () =>
      world.eachClient("routed", mode, async (client, name) => {
        for (let round = 0; round < 2; round++) {
          assert.deepEqual(await client.who("a"), { ok: true, text: "a" }, name);
          const other = await client.who("b");
          if (mode === "lanes") assert.deepEqual(other, { ok: true, text: "b" }, name);
          else assert.match(`${other.ok} ${other.text}`, new RegExp(`false.*${OTHER_CLUSTER.source}`, "s"), name);
          const lost = await client.who("nobody");
          assert.match(`${lost.ok} ${lost.text}`, new RegExp(`false.*${NO_ROUTE.source}`, "s"), name);
        }
      }, ({ untagged }) => !untagged));

    world.test("routing.connection", mode, "another connection has another first request, and so another server", () =>
      world.eachClient("routed", mode, async (client, name) => assert.deepEqual(await client.who("b"), { ok: true, text: "b" }, name), ({ untagged, greets, slow }) => !untagged && !greets && !slow));
  },
};
