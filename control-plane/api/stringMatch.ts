import type { Field } from "./field.ts";
import type { Matcher } from "../ir/matcher.ts";
import { parseCidr } from "../ir/cidr.ts";
import { regexMistake } from "../ir/regex.ts";

const TEXT_TESTS = ["exact", "prefix", "suffix", "contains", "regex"] as const;
const TESTS = [...TEXT_TESTS, "present", "range", "cidr"];

/**
 * A StringMatch: `exact`, `prefix` or `regex` as in Istio, and Meltemi's `suffix`, `contains`, `present`, `range`, `cidr` and
 * `invert`. An empty one, and the regex `*`, ask only that the key is there.
 */
export function readStringMatch(key: string, field: Field): Matcher | undefined {
  if (field.missing) return { key, present: true };
  const match = field.record();
  const written = TESTS.filter((name) => !match.field(name).missing);
  const invert = match.field("invert").boolean() === true ? { invert: true } : {};
  match.end();
  if (!field.isRecord) return undefined;
  if (written.length === 0 && TESTS.every((name) => !match.has(name))) return { key, present: true, ...invert };
  if (written.length !== 1) {
    field.error(`must have exactly one test, has ${written.length === 0 ? "none" : written.join(" and ")}`, TESTS);
    return undefined;
  }
  const test = readTest(written[0]!, match.field(written[0]!));
  return test && { key, ...test, ...invert };
}

function readTest(name: string, field: Field): Partial<Matcher> | undefined {
  if (name === "range") return readRange(field);
  if (name === "cidr") return readCidr(field);
  if (name === "present") {
    const present = field.boolean();
    return present === undefined ? undefined : { present };
  }
  const text = field.string();
  if (text === undefined) return undefined;
  if (name !== "regex") return { [name]: text };
  if (text === "*") return { present: true };
  const mistake = regexMistake(text);
  if (mistake !== undefined) field.error(mistake);
  return { regex: text };
}

/** A list of ranges of addresses, `10.0.0.0/8`. */
function readCidr(field: Field): Partial<Matcher> | undefined {
  const ranges = field.strings(true);
  for (const { value, at } of ranges) if (parseCidr(value) === undefined) field.reading.problems.error(at, "must be a range of IP addresses such as 10.0.0.0/8", { found: JSON.stringify(value) });
  if (!field.missing && ranges.length === 0) field.error("must name at least one range");
  return ranges.length === 0 ? undefined : { cidr: ranges.map(({ value }) => value) };
}

function readRange(field: Field): Partial<Matcher> | undefined {
  const range = field.record();
  const from = range.required("from").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const to = range.required("to").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  range.end();
  if (from === undefined || to === undefined) return undefined;
  if (from >= to) field.error(`matches nothing: from ${from} is not below to ${to} (to is exclusive)`);
  return { range: { from, to } };
}
