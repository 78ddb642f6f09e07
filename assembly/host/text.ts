import { Writer } from "../bytes/writer";

/** What host calls take and give passes through these: warm, they allocate nothing. Callbacks do not nest in host calls. */
const first: Writer = new Writer(128);
const second: Writer = new Writer(128);
const third: Writer = new Writer(128);

/** Text arguments in UTF-8, one place for each position; valid until the next call with that position. */
export function argument(text: string): Writer { return fill(first, text); }
export function argument2(text: string): Writer { return fill(second, text); }
export function argument3(text: string): Writer { return fill(third, text); }

/** What the last host call with a text as its result gave. */
export const given: Writer = new Writer(256);

export function givenText(): string { return String.UTF8.decodeUnsafe(given.base, given.length); }

function fill(into: Writer, text: string): Writer {
  into.reset();
  into.text(text);
  return into;
}
