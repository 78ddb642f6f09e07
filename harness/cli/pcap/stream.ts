/** A segment that begins so many bytes after the first of its direction. */
interface Early { at: number; payload: Buffer }

/** Bytes of one direction of a TCP connection, in order, whatever the order and the repeats of its segments. */
export class Stream {
  /** Bytes that came in order so far. */
  length = 0;
  /** Comparisons that were made: what it costs. */
  steps = 0;
  private next: number | null = null;
  /** Segments that wait for bytes before them: a binary heap, the earliest first. */
  private readonly early: Early[] = [];

  /** The next byte has this number; for SYN and for captures that start in the middle. */
  start(sequence: number): void { this.next ??= sequence >>> 0; }

  /** Takes a segment and returns the bytes that are now in order. */
  take(sequence: number, payload: Buffer): Buffer {
    this.start(sequence);
    // places go on where numbers begin anew, at 2^32
    if (payload.length > 0) this.push({ at: this.length + ((sequence - (this.next ?? 0)) | 0), payload });
    const ready: Buffer[] = [];
    for (let first = this.early[0]; first !== undefined && first.at <= this.length; first = this.early[0]) {
      this.pop();
      const fresh = first.payload.subarray(this.length - first.at);
      this.next = ((this.next ?? 0) + fresh.length) >>> 0;
      this.length += fresh.length;
      if (fresh.length > 0) ready.push(fresh);
    }
    return Buffer.concat(ready);
  }

  /** Bytes missing before the earliest that wait, 0 if none wait. */
  get gap(): number { return this.early[0] === undefined ? 0 : this.early[0].at - this.length; }

  private isBefore(one: number, other: number): boolean {
    this.steps++;
    return this.early[one]!.at < this.early[other]!.at;
  }

  private swap(one: number, other: number): void { [this.early[one], this.early[other]] = [this.early[other]!, this.early[one]!]; }

  private push(segment: Early): void {
    let at = this.early.push(segment) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.isBefore(at, above); above = (at - 1) >> 1) {
      this.swap(at, above);
      at = above;
    }
  }

  private pop(): void {
    const last = this.early.pop()!, { length } = this.early;
    if (length === 0) return;
    this.early[0] = last;
    for (let at = 0, below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && this.isBefore(below + 1, below)) below++;
      if (!this.isBefore(below, at)) return;
      this.swap(at, below);
      at = below;
    }
  }
}
