/** Bytes that arrived in pieces; returns any part again without joining all of them. */
export class Seen {
  private readonly pieces: { at: number; bytes: Buffer }[] = [];
  private length = 0;

  add(bytes: Buffer): void {
    this.pieces.push({ at: this.length, bytes });
    this.length += bytes.length;
  }

  /** Those from one place to another, as far as there are any. */
  slice(from: number, to: number): Buffer {
    let low = 0, high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1, { at, bytes } = this.pieces[middle]!;
      if (at + bytes.length <= from) low = middle + 1;
      else high = middle;
    }
    const parts: Buffer[] = [];
    for (let piece = this.pieces[low]; piece !== undefined && piece.at < to; piece = this.pieces[++low]) parts.push(piece.bytes.subarray(Math.max(0, from - piece.at), to - piece.at));
    return Buffer.concat(parts);
  }
}
