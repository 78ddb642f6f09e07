/** In the place of assembly/bytes/pool.ts: what was given back rests for a while, and each use of it meanwhile ends the VM (compiler.mjs). */

/** Objects that rest before the first of them is used again: of many none ever is, so that no use of an old one goes unseen; of none the last is, as without checks. */
let rest: i32 = 64;

export function meltemi_rest(objects: i32): void { rest = objects; }

@final
export class Pool<T> {
  private spare: T[] = [];
  /** Objects that were taken, or made, and not given back. */
  out: i32 = 0;

  constructor(private most: i32 = i32.MAX_VALUE) {}

  /** Null: the caller makes one. */
  take(): T | null {
    this.out++;
    if (this.spare.length <= rest) return null;
    const one = rest > 0 ? this.spare.shift() : this.spare.pop();
    one.dig();
    return one;
  }

  give(one: T): void {
    this.out--;
    one.bury();
    if (this.spare.length < this.most) this.spare.push(one);
  }
}
