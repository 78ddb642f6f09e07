import { LEVELS, type Level } from "./abi.ts";

export interface Line { level: Level; text: string }
export type LogSink = (line: Line) => void;

/** What the module logged, all levels; the sink sees only what Envoy's level lets through. */
export class Logs {
  readonly lines: Line[] = [];
  level: Level = "info";

  constructor(private readonly sink?: LogSink) {}

  add(number: number, text: string): void {
    const line = { level: LEVELS[number] ?? "critical", text };
    this.lines.push(line);
    if (number >= LEVELS.indexOf(this.level)) this.sink?.(line);
  }

  /** Texts of a level, or all. */
  texts(level?: Level): string[] { return this.lines.filter(line => !level || line.level === level).map(line => line.text); }

  /** The last text at a level or above, empty if there is none. */
  last(level: Level): string {
    return this.lines.filter(line => LEVELS.indexOf(line.level) >= LEVELS.indexOf(level)).at(-1)?.text ?? "";
  }
}
