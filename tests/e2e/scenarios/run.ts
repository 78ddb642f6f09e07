/** Plays every scenario with a protocol. */
import { after, before, describe, test } from "node:test";
import { SCENARIOS } from "./list.ts";
import { MODES, type Protocol } from "./protocol.ts";
import { World } from "./world.ts";

export function playAll(protocol: Protocol): void {
  const world = new World(protocol, SCENARIOS);
  before(() => world.start());
  after(() => world.stop());
  for (const scenario of SCENARIOS) {
    for (const mode of MODES) describe(`${scenario.name}, ${mode}`, () => scenario.tests(world, mode));
  }
  test("no VM has died", () => world.noVmHasDied());
}
