import assert from "node:assert/strict";
import { growth, isFlat } from "../flow.ts";
import type { Scenario } from "./world.ts";

/** Messages larger than Envoy's buffers. */
export const large: Scenario = {
  name: "large",
  services: { huge: { endpoints: ["a"] } },
  tests(world, mode) {
    world.test("large.echo", mode, "a large text there and back: all of it arrives, and Envoy keeps little of it", () => world.eachClient("huge", mode, async (client, name) => {
      assert.equal((await client.echo("first")).ok, true, name);
      isFlat(await growth(world.envoy, async () => {
        const { ok, text } = await client.large(world.protocol.largest);
        assert.equal(ok, true, `${name}: ${text}`);
      }));
    }, ({ slow }) => !slow));
  },
};
