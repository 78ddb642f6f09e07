/** Time under the test's control, in nanoseconds since 1970. */
export class Clock {
  now = 1_700_000_000_000_000_000n;
  /** What the module reads is so much later: somebody has set the machine's clock, which timers do not go by. */
  set = 0n;

  /** Milliseconds forward, for the emulator, which also runs the ticks that fall into them. */
  forward(ms: number): void { this.now += BigInt(Math.round(ms * 1e6)); }
}
