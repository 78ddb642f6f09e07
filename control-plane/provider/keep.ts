import { setTimeout as delay } from "node:timers/promises";

const FIRST_MS = 200;
const MOST_MS = 10_000;
/** A connection that held as long as this is no sign of a server that cannot be reached. */
const WELL_MS = 5000;

/**
 * Keeps something alive: whenever `live` is over (it resolves with why, or rejects) it is begun again, after pauses that
 * double up to 10 s, each cut by a random part of up to a half.
 */
export class Keep {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private pause = FIRST_MS;

  constructor(private readonly live: (signal: AbortSignal) => Promise<string>, private readonly over: (why: string) => void) {}

  start(): void { this.running = this.run(); }

  /** Resolves when `live` has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const begun = Date.now();
      const why = await this.live(signal).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (signal.aborted) return;
      this.over(why);
      if (Date.now() - begun > WELL_MS) this.pause = FIRST_MS;
      await delay(this.pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      this.pause = Math.min(this.pause * 2, MOST_MS);
    }
  }
}

/** Resolves when a signal is given. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
