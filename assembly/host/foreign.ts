import { proxy_call_foreign_function } from "../env/imports";
import { answered, landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";
import { argument, given } from "./text";

/**
 * Calls a function of the host's own by its name; appends its result to a writer. False and `lastStatus()` if it fails:
 * NotFound if the host has none of that name.
 */
export function callForeign(name: string, at: usize, length: i32, result: Writer | null = null): bool {
  const bytes = argument(name), into = result ? result : given;
  if (!result) given.reset();
  const before = into.length;
  landIn(into);
  const good = answered(proxy_call_foreign_function(bytes.base, bytes.length, at, length, RESULT_AT, RESULT_SIZE));
  liftOff();
  if (!good) into.length = before;
  return good;
}
