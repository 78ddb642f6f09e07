import type { Resources } from "./types.ts";

export interface Difference {
  /** Names of what is there with other content than before, or was not there. */
  changed: readonly string[];
  /** Names of what is not there any more. */
  gone: readonly string[];
}

const NONE: Difference = { changed: [], gone: [] };

/** From one state to another. Many Envoys make the same step: it is looked at once. */
export const difference = once((before: Resources, after: Resources): Difference => {
  if (before === after) return NONE;
  const changed: string[] = [], gone: string[] = [];
  for (const [name, resource] of after) {
    const former = before.get(name);
    if (former !== resource && former?.version !== resource.version) changed.push(name);
  }
  if (before.size + changed.length > after.size) for (const name of before.keys()) if (!after.has(name)) gone.push(name);
  return { changed, gone };
});

/** All of `next`, and those of `last` that it has not. */
export const joined = once((last: Resources, next: Resources): Resources => {
  const { gone } = difference(last, next);
  return gone.length === 0 ? next : new Map([...gone.map((name) => [name, last.get(name)!] as const), ...next]);
});

/** `make`, which keeps what it has made for as long as what it was made of is in use. */
export function once<A extends object, B extends object, Result>(make: (a: A, b: B) => Result): (a: A, b: B) => Result {
  const all = new WeakMap<A, WeakMap<B, { result: Result }>>();
  return (a, b) => {
    let some = all.get(a);
    if (some === undefined) all.set(a, some = new WeakMap());
    let made = some.get(b);
    if (made === undefined) some.set(b, made = { result: make(a, b) });
    return made.result;
  };
}
