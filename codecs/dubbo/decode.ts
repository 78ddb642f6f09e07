import { Reader } from "../../assembly/bytes/reader";
import { HEADER, Key, Result } from "./constants";
import { countArguments, countFound } from "./descriptor";
import { Text, Walker } from "./hessian";

/** Where the strings that begin a request's body belong, in their order. */
export const FIELDS: StaticArray<i32> = [Key.PROTOCOL, Key.INTERFACE, Key.VERSION, Key.METHOD, Key.PARAMETERS];
export const METHOD_FIELD: i32 = 3;
export const LAST_FIELD: i32 = 4;

/** True if the walker has just read one of the two methods that stand for any other. */
export function isGeneric(body: Reader, walker: Walker): bool {
  const at = walker.at;
  if (body.peek(at) != 0x24) return false;
  return (walker.length == 7 && body.matches(at, "$invoke")) || (walker.length == 12 && body.matches(at, "$invokeAsync"));
}

/** What `argumentCount` says of parameter types that one reader counts in one way and another in another. */
export const DOUBTFUL: i32 = -2;

/** How many arguments follow the parameter types that the walker has just read; -1 if they do not tell; DOUBTFUL only if `strict`. */
export function argumentCount(body: Reader, walker: Walker, types: Text, strict: bool): i32 {
  if (types == Text.Null) return 0;
  if (types != Text.Plain) return -1;
  const at = body.base + walker.at, count = countArguments(at, walker.length);
  return strict && count != countFound(at, walker.length) ? DOUBTFUL : count;
}

export function skipArguments(body: Reader, walker: Walker, count: i32): void {
  for (let i = 0; i < count && !body.bad; i++) walker.skip(body);
}

/** The result type that a reply with status OK begins with, -1 if it is none of the six. */
export function resultType(body: Reader): i32 {
  const type = body.peek(HEADER) - 0x90;
  return type >= Result.EXCEPTION && type <= Result.NULL_WITH_ATTACHMENTS ? type : -1;
}

/** Moves the body of a reply behind its result. */
export function skipResult(body: Reader, walker: Walker, type: i32): void {
  walker.begin();
  body.at = HEADER + 1;
  if (type != Result.NULL && type != Result.NULL_WITH_ATTACHMENTS) walker.skip(body);
}
