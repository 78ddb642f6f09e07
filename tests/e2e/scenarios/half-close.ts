import assert from "node:assert/strict";
import { halfClose as send } from "../inline.ts";
import type { Scenario } from "./world.ts";

/** Clients that end their side and still listen. */
export const halfClose: Scenario = {
  name: "half-close",
  services: { halved: { endpoints: ["a"] } },
  tests(world, mode) {
    const never = mode === "lanes" ? "lanes end with their client's connection: all that it asked is run (close.test.ts), but not answered" : undefined;
    for (const apart of [false, true]) {
      world.test("half-close.answered", mode, `a client ends its side ${apart ? "a while after" : "with"} its last request: all is answered, then the connection ends`, async () => {
        const texts = ["one-text", "two-text", "three-text"];
        const bytes = Buffer.concat(texts.map((text, i) => world.protocol.request(text, i + 1)));
        const got = (await send(world.port("halved", mode), bytes, { apart })).toString("latin1");
        assert.match(got, new RegExp(texts.join(".*"), "s"));
      }, never);
    }

    world.test("half-close.part", mode, "a client ends its side in the middle of a request: what was whole is answered", async () => {
      const [whole, part] = [world.protocol.request("one-text", 1), world.protocol.request("two-text", 2)];
      const got = (await send(world.port("halved", mode), Buffer.concat([whole, part.subarray(0, -2)]))).toString("latin1");
      assert.deepEqual([got.includes("one-text"), got.includes("two-text")], [true, false]);
    }, never);
  },
};
