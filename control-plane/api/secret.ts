import { inspect } from "node:util";

const SHOWN = "(hidden)";

/** A text that is in nothing that people or logs see: whoever prints what holds it prints `(hidden)`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) { this.#text = text; }

  /** The text itself, for the filter's configuration alone. */
  reveal(): string { return this.#text; }

  toString(): string { return SHOWN; }
  toJSON(): string { return SHOWN; }
  [inspect.custom](): string { return SHOWN; }
}
