/** What an idle connection costs: memory of Envoy with many of them, each of which has had an answer. */
import { setTimeout as delay } from "node:timers/promises";
import { idle, type Protocol } from "./load/load.ts";
import type { Contestant } from "./proxies/contestant.ts";
import type { World } from "./world.ts";

export interface Memory { protocol: Protocol; contestant: string; role: Contestant["role"]; connections: number; bytesEach: number; beyondFloor: number }

/** Connections that are there before, so that what only the first ones bring is not counted. */
const FIRST = 100;
/** In which Envoy and V8 give back what they will. */
const SETTLE_MS = 1000;

/** A fresh Envoy for each; the floor comes first. */
export async function memory(world: World, contestants: readonly Contestant[], connections: number): Promise<Memory[]> {
  const found: Memory[] = [];
  for (const one of contestants) {
    await world.keep([]);
    const { envoy, port } = await world.proxy(one, one.rules[0]!);
    const first = await idle(one.protocol, port, FIRST);
    await delay(SETTLE_MS);
    const before = envoy.rss(), others = await idle(one.protocol, port, connections);
    await delay(SETTLE_MS);
    const bytesEach = (envoy.rss() - before) / connections;
    found.push({ protocol: one.protocol, contestant: one.name, role: one.role, connections, bytesEach, beyondFloor: bytesEach - (found[0]?.bytesEach ?? bytesEach) });
    await others.end();
    await first.end();
  }
  return found;
}
