import { Secret } from "../api/secret.ts";

/** Parts of a secret that are looked for; of one that is shorter, the whole, but not of one so short that its place would tell it. */
const PART = 8, LEAST = 4;
const SHOWN = "(hidden)";

/**
 * Words of others, such as what an Envoy refuses something with, without the secrets that it was sent: each word with a part of one is
 * `(hidden)`. Parts, since who quotes a secret may cut it. How long it takes depends on the words alone, not on how many secrets there are.
 */
export class Redacted {
  private readonly parts = new Set<string>();
  private readonly lengths = new Set<number>();

  /** `source`: something with secrets in it, at any depth. */
  constructor(source: unknown) {
    for (const secret of secretsIn(source, new Set())) this.learn(secret.reveal());
  }

  text(text: string): string {
    let shown = "", done = 0;
    for (let at = 0; at < text.length; at++) {
      const length = this.found(text, at);
      if (length === 0 || at + length <= done) continue;
      const start = Math.max(done, wordStart(text, at));
      shown += text.slice(done, start) + (start === done && shown.endsWith(SHOWN) ? "" : SHOWN);
      done = wordEnd(text, at + length);
    }
    return shown + text.slice(done);
  }

  private learn(secret: string): void {
    if (secret.length < LEAST) return;
    const length = Math.min(secret.length, PART);
    this.lengths.add(length);
    for (let at = 0; at + length <= secret.length; at += length) this.parts.add(secret.slice(at, at + length));
    this.parts.add(secret.slice(-length));
  }

  /** Length of the part that stands there, 0: none does. */
  private found(text: string, at: number): number {
    for (const length of this.lengths) if (this.parts.has(text.slice(at, at + length))) return length;
    return 0;
  }
}

function* secretsIn(value: unknown, seen: Set<object>): Generator<Secret> {
  if (value instanceof Secret) yield value;
  else if (typeof value === "object" && value !== null && !seen.has(value)) {
    seen.add(value);
    for (const inner of value instanceof Map ? value.values() : Object.values(value)) if (typeof inner === "object") yield* secretsIn(inner, seen);
  }
}

const isBlank = (text: string, at: number): boolean => /\s/.test(text.charAt(at));

function wordStart(text: string, at: number): number {
  while (at > 0 && !isBlank(text, at - 1)) at--;
  return at;
}

function wordEnd(text: string, at: number): number {
  while (at < text.length && !isBlank(text, at)) at++;
  return at;
}
