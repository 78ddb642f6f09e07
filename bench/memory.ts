/** Memory of Envoy: what an idle connection costs that has had an answer, and what many requests leave behind. */
import { setTimeout as delay } from "node:timers/promises";
import { idle, load, type Protocol } from "./load/load.ts";
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

/** Bytes of Envoy after a million requests, when all pools are as large as they get, and after so many. */
export interface Lasting { protocol: Protocol; contestant: string; requests: number; early: number; late: number }

const EARLY = 1_000_000, RUN_SECONDS = 3;

/** Runs of load one after another, each with connections of its own, on one Envoy. */
export async function lasting(world: World, contestant: Contestant, requests: number): Promise<Lasting> {
  const { protocol, name } = contestant, { envoy, port } = await world.proxy(contestant, contestant.rules[0]!);
  let done = 0, early = 0;
  while (done < requests) {
    done += (await load({ protocol, port, connections: 8, inFlight: 64, body: 16, warmSeconds: 0, seconds: RUN_SECONDS, watch: [] })).requests;
    if (early === 0 && done >= EARLY) early = envoy.rss();
  }
  await delay(SETTLE_MS);
  return { protocol, contestant: name, requests: done, early, late: envoy.rss() };
}
