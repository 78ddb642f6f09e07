/** Edit distance of two texts, ignoring case (Levenshtein, two rows). */
export function distance(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitute = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}

/** Longer words, and more candidates, are compared with nothing: it would take as long as their product. */
const MAX_WORD = 64, MAX_CANDIDATES = 1000;

/** The candidate that was probably meant, or undefined if none is close: a third of the letters may be wrong. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  if (word.length > MAX_WORD || all.length > MAX_CANDIDATES) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of all.sort()) {
    if (candidate.length > 2 * MAX_WORD) continue;
    const d = distance(word, candidate);
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** `, did you mean "x"?` or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = closest(word, candidates);
  return meant === undefined ? "" : `, did you mean "${meant}"?`;
}
