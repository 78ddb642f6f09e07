import assert from "node:assert/strict";
import type { Scenario } from "./world.ts";

/** Rules change what requests and answers carry. */
export const mutation: Scenario = {
  name: "mutation",
  services: {
    changed: {
      endpoints: ["a"],
      rules: ({ key, pattern, mutable }, to) => [
        ...(mutable ? [{ match: [{ headers: { [key]: pattern("changed") } }], route: [to("a")],
          headers: { request: { set: { [mutable.request]: "100" } }, response: { set: { [mutable.response]: "yes" } } } }] : []),
        { route: [to("a")] },
      ],
    },
  },
  tests(world, mode) {
    world.test("mutation.both", mode, "keys that a rule sets arrive with the server and with the client, and only where the rule says so", () =>
      world.eachClient("changed", mode, async (client, name) => {
        const { request, response } = world.protocol.mutable!;
        for (const [tag, asked, answered] of [["changed", "100", "yes"], ["other", undefined, undefined], ["changed", "100", "yes"]] as const) {
          const seen = await client.seen!(tag);
          assert.deepEqual([seen.request[request.split(".").pop()!], seen.response[response.split(".").pop()!]], [asked, answered], `${name} ${tag}`);
        }
      }, ({ untagged }) => !untagged));
  },
};
