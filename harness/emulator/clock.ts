/** Time under the test's control, in nanoseconds since 1970. */
export class Clock {
  now = 1_700_000_000_000_000_000n;

  /** Milliseconds forward, for the emulator, which also runs the ticks that fall into them. */
  forward(ms: number): void { this.now += BigInt(Math.round(ms * 1e6)); }
}
