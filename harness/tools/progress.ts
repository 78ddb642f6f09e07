/** Says on standard error what takes long, so that standard output stays clean for programs. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Says what is being done, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  say(`${what} ...`);
  const result = await work();
  say(`${what}: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** An error for a person: one line, no stack. */
export class Trouble extends Error {
  override name = "Trouble";
}

/** What to show of an error: its text alone if it was meant for people, otherwise with its stack. */
export function shown(error: unknown): string {
  if (error instanceof Trouble) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The last line of a tool's output that says anything, for one-line errors. */
export function lastLine(output: string): string {
  return output.split("\n").map((line) => line.trim()).filter(Boolean).at(-1) ?? "no output";
}
