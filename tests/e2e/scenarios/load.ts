import assert from "node:assert/strict";
import { OTHER_CLUSTER } from "./words.ts";
import type { Scenario } from "./world.ts";

const COUNT = 4000;
/** Of a share's standard deviation: further off once in 1.7 million runs. */
const SIGMAS = 5;
const SHARE = 0.3;

/** Many requests of one connection. */
export const load: Scenario = {
  name: "load",
  services: {
    mixed: {
      endpoints: ["a", "b"],
      rules: ({ key, pattern }, to) => (["a", "b"] as const).map((tag) => ({ match: [{ headers: { [key]: pattern(tag) } }], route: [to(tag)] })),
    },
    shared: { endpoints: ["a", "b"], rules: (_, to) => [{ route: [to("a", 100 * SHARE), to("b", 100 - 100 * SHARE)] }] },
  },
  tests(world, mode) {
    world.test("load.mixed", mode, `${COUNT} requests that mix routes: none is lost, none answered by another server`, () =>
      world.eachClient("mixed", mode, async (client, name) => {
        if (mode === "inline") assert.deepEqual(await client.who("a"), { ok: true, text: "a" }, name);
        const { answers, errors } = await client.many(COUNT, ["a", "b"]);
        if (mode === "lanes") return assert.deepEqual([answers, errors], [{ a: COUNT / 2, b: COUNT / 2 }, {}], name);
        assert.deepEqual([answers, Object.values(errors)], [{ a: COUNT / 2 }, [COUNT / 2]], name);
        assert.match(Object.keys(errors)[0]!, OTHER_CLUSTER);
      }, ({ untagged }) => !untagged));

    if (mode === "inline") return;
    world.test("load.shares", mode, "30/70, request by request", () => world.eachClient("shared", mode, async (client, name) => {
      const { answers, errors } = await client.many(COUNT, ["any"]), most = SIGMAS * Math.sqrt(SHARE * (1 - SHARE) / COUNT);
      assert.deepEqual([errors, answers.a! + answers.b!], [{}, COUNT], name);
      assert.equal(Math.abs(answers.a! / COUNT - SHARE) < most, true, `${name}: ${JSON.stringify(answers)}`);
    }, ({ untagged, slow }) => !untagged && !slow));
  },
};
