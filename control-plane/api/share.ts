import type { Field, Fields } from "./field.ts";

/** All requests, in millionths. */
export const WHOLE = 1_000_000;
const PER_PERCENT = WHOLE / 100;

/** A share in percent as millionths, the steps that the filter knows. */
export function readPercent(field: Field): number | undefined {
  const percent = field.number(0, 100);
  if (percent === undefined) return undefined;
  const share = Math.round(percent * PER_PERCENT);
  if (Math.abs(share - percent * PER_PERCENT) > 1e-6) field.error("has more digits than steps of 0.0001 % allow");
  return share;
}

/**
 * The share of an action: `percentage: {value: 0.1}`, or one of the older names for a whole number of percent. All, if
 * neither is there.
 */
export function readShare(owner: Fields, older: string[], name = "percentage"): number {
  const written = [name, ...older].filter((each) => owner.has(each));
  owner.silent(name, ...older);
  for (const other of written.slice(1)) owner.field(other).error(`is another name of ${written[0]}: remove one of them`);
  const field = written[0] === undefined ? undefined : owner.field(written[0]);
  if (field === undefined || field.missing) return WHOLE;
  if (written[0] !== name) return readPercent(field) ?? WHOLE;
  const record = field.record();
  const share = readPercent(record.required("value"));
  record.end();
  return share ?? WHOLE;
}
