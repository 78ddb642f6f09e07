/** Bytes of one direction of a TCP connection, in order, whatever the order and the repeats of its segments. */
export class Stream {
  /** Bytes that came in order so far. */
  length = 0;
  private next: number | null = null;
  private early: { sequence: number; payload: Buffer }[] = [];

  /** The next byte has this number; for SYN and for captures that start in the middle. */
  start(sequence: number): void { this.next ??= sequence >>> 0; }

  /** Takes a segment and returns the bytes that are now in order. */
  take(sequence: number, payload: Buffer): Buffer {
    this.start(sequence);
    if (payload.length > 0) this.early.push({ sequence, payload });
    const ready: Buffer[] = [];
    for (let found = this.pick(); found; found = this.pick()) ready.push(found);
    const bytes = Buffer.concat(ready);
    this.length += bytes.length;
    return bytes;
  }

  /** Bytes missing before the earliest that wait, 0 if none wait. */
  get gap(): number {
    const waiting = this.early.map(({ sequence }) => this.ahead(sequence));
    return waiting.length > 0 ? Math.min(...waiting) : 0;
  }

  /** New bytes of a segment that starts at or before the next byte; drops those that bring nothing new. */
  private pick(): Buffer | null {
    this.early = this.early.filter(({ sequence, payload }) => this.ahead(sequence) + payload.length > 0);
    const at = this.early.findIndex(({ sequence }) => this.ahead(sequence) <= 0);
    const found = this.early[at];
    if (!found) return null;
    this.early.splice(at, 1);
    const fresh = found.payload.subarray(-this.ahead(found.sequence));
    this.next = ((this.next ?? 0) + fresh.length) >>> 0;
    return fresh;
  }

  /** How far a sequence number lies behind the next byte, modulo 2^32. */
  private ahead(sequence: number): number { return (sequence - (this.next ?? 0)) | 0; }
}
