/**
 * Runs `work` once soon after the last of several calls in a row, but never later than `most` milliseconds after the first. What it throws, which no caller
 * is there to catch, is told to `failed`.
 */
export class Pace {
  private timer: NodeJS.Timeout | undefined;
  private first = 0;

  constructor(private readonly work: () => void, private readonly failed: (error: Error) => void, private readonly quiet = 20, private readonly most = 200) {}

  call(): void {
    const now = Date.now();
    if (this.timer === undefined) this.first = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      try {
        this.work();
      } catch (error) {
        this.failed(error as Error);
      }
    }, Math.max(0, Math.min(this.quiet, this.first + this.most - now)));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
