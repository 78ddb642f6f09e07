/** Peers that read slowly, and what Envoy keeps meanwhile. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { EnvoyHandle } from "../../harness/envoy/envoy.ts";

export const MIB = 1 << 20;
/** What Envoy may keep of one connection. */
const MOST = 32 * MIB;

/** That Envoy grew by less than it may. */
export function isFlat(most: number, connections = 1): void {
  assert.ok(most < MOST * connections, `grew by ${(most / MIB).toFixed(1)} MiB`);
}

/** Bytes by which Envoy's resident memory grew at most while some work ran. */
export async function growth(envoy: EnvoyHandle, work: () => Promise<void>): Promise<number> {
  const before = envoy.rss();
  let most = 0, over = false;
  const watch = (async () => {
    while (!over) {
      most = Math.max(most, envoy.rss() - before);
      await delay(10);
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await watch;
  }
  return most;
}

/** Reads 1 MiB/s for a while, then as fast as it comes. */
export class SlowReader {
  total = 0;

  constructor(private readonly socket: Socket) { socket.on("error", () => socket.destroy()).pause(); }

  async crawl(ms: number): Promise<void> {
    const start = Date.now();
    for (let now = 0; now < ms; now = Date.now() - start) {
      const due = Math.floor(MIB * now / 1000) - this.total, there = Math.min(due, this.socket.readableLength);
      if (there > 0) this.total += (this.socket.read(there) as Buffer | null)?.length ?? 0;
      else this.socket.read(0);
      await delay(5);
    }
  }

  run(): void { this.socket.on("data", (chunk: Buffer) => (this.total += chunk.length)).resume(); }
}
