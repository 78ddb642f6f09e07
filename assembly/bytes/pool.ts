/**
 * Objects of one kind that are used again: what was given back last is taken first. In the build of tests other code is in the place of
 * this file (tests/guests/poisoned), which tells of objects that are used after they were given back.
 */
@final
export class Pool<T> {
  private spare: T[] = [];

  /** `most`: so many are kept. */
  constructor(private most: i32 = i32.MAX_VALUE) {}

  /** One that was given back; null: there is none. */
  take(): T | null { return this.spare.length > 0 ? this.spare.pop() : null; }

  give(one: T): void { if (this.spare.length < this.most) this.spare.push(one); }
}
