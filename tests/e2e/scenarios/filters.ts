import assert from "node:assert/strict";
import { until } from "../../../harness/tools/wait.ts";
import { DENIED, LIMITED } from "./words.ts";
import type { Scenario } from "./world.ts";

const LIMIT = 5, HOUR = 3_600_000;

/** Access rules, faults, limits and counts. */
export const filters: Scenario = {
  name: "filters",
  services: {
    guarded: {
      endpoints: ["a"],
      rules: ({ key, pattern, abortCode }, to) => [
        { match: [{ headers: { [key]: pattern("broken") } }], fault: { abort: { code: abortCode, text: "broken on purpose", percentage: { value: 100 } } }, route: [to("a")] }, { route: [to("a")] },
      ],
      policy: ({ key, pattern }) => ({ auth: { rules: [{ name: "no", action: "deny", match: [{ [key]: pattern("denied") }] }], default: "allow" } }),
    },
    limited: { endpoints: ["a"], policy: () => ({ localRateLimit: { bucket: { max: LIMIT, tokensPerFill: LIMIT, fillMs: HOUR } } }) },
  },
  tests(world, mode) {
    world.test("filters.refusals", mode, "what is denied or aborted gets an error of its protocol; what is allowed is answered; all of it is counted", async () => {
      let requests = 0;
      const counted = (): Promise<number> => world.count(`meltemi_requests.*guarded-${mode}`), before = await counted();
      await world.eachClient("guarded", mode, async (client, name) => {
        if (world.protocol.clients[name]!.greets) requests++;
        for (let round = 0; round < 3; round++) {
          for (const [tag, words] of [["fine", undefined], ["denied", DENIED], ["broken", /broken on purpose/]] as const) {
            const { ok, text } = await client.who(tag);
            requests++;
            if (words) assert.match(`${ok} ${text}`, new RegExp(`false.*${words.source}`, "s"), name);
            else assert.deepEqual([ok, text], [true, "a"], name);
          }
        }
      }, ({ untagged }) => !untagged);
      await until(`${requests} requests are counted`, 10_000, async () => await counted() - before === requests);
    });

    world.test("filters.limit", mode, "as many are answered as the bucket holds; each later one is refused", async () => {
      let answered = 0;
      await world.eachClient("limited", mode, async (client, name) => {
        for (let n = 0; n < LIMIT; n++) {
          const { ok, text } = await client.who("any");
          if (ok) answered++;
          else assert.match(text, LIMITED, name);
          assert.equal(ok, answered <= LIMIT && text === "a", name);
        }
        assert.equal((await client.who("any")).ok, false, name);
      }, ({ slow }) => !slow);
      assert.equal(answered, LIMIT);
    });
  },
};
