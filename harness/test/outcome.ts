/** What is known of one test, or of a file as a whole; the runners write it, the summary reads it. */
export interface Outcome {
  /** The file, relative to the checkout. */
  file: string;
  /** Names of the groups around it and its own, joined by " > ". */
  name: string;
  ok: boolean;
  /** Why it did not run; absent if it did. */
  skipped?: string;
  /** Milliseconds. */
  ms: number;
  /** What went wrong, in full. */
  problem?: string;
}

/** One file of tests, run to its end. */
export interface FileResult {
  file: string;
  outcomes: Outcome[];
  ms: number;
  /** What the tests printed. */
  log: string;
}

export interface SuiteResult {
  suite: string;
  files: FileResult[];
  ms: number;
}

export interface Counts { passed: number; failed: number; skipped: number }

export function counts(results: FileResult[]): Counts {
  const all = results.flatMap(({ outcomes }) => outcomes);
  const skipped = all.filter((outcome) => outcome.skipped !== undefined).length;
  const failed = all.filter((outcome) => !outcome.ok).length;
  return { passed: all.length - skipped - failed, failed, skipped };
}
