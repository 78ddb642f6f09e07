/** What others wrote, read without trust in its shape: nothing here throws, whatever `toString` or `valueOf` an object says it has. */

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> { return typeof value === "object" && value !== null ? value as Record<string, unknown> : {}; }

/** A list's items; none of anything else. */
export function itemsOf(value: unknown): unknown[] { return Array.isArray(value) ? value : []; }

/** A text, or a number as one; what is neither is told as what it is, which is no name and no address. */
export function textOf(value: unknown): string {
  if (typeof value === "object") return value === null ? "nothing at all" : Array.isArray(value) ? "a list" : "an object";
  return value === undefined ? "nothing at all" : String(value);
}

/** A number, or a text that is one; NaN for anything else. */
export function numberOf(value: unknown): number { return typeof value === "number" ? value : typeof value === "string" ? Number(value) : NaN; }

/** The texts among an object's fields. */
export function textsOf(value: unknown): Map<string, string> {
  return new Map(Object.entries(fieldsOf(value)).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}
