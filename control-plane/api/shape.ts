import type { Field } from "./field.ts";
import type { Located, Place } from "./problem.ts";
import type { Secret } from "./secret.ts";
import { readStringMatch } from "./stringMatch.ts";
import type { Moment } from "../ir/format.ts";
import type { Matcher } from "../ir/matcher.ts";

/**
 * Shapes of the filters' configurations (docs/filters/), as policies say them: a shape reads a field and gives what the
 * plugin takes. What only the protocol can judge, keys and formats, is noted in `Found`.
 */
export type Shape = (field: Field, found: Found) => unknown;

export interface Found { keys: KeyUse[]; formats: FormatUse[]; ownKeys: { key: string; filter: string }[] }

/** A key that is read of a message, or changed in it. */
export interface KeyUse extends Located<string> { use: "read" | "set"; side: "request" | "response" }
export interface FormatUse extends Located<string> { moment: Moment }

/** A server to ask, in the place of its cluster's name. */
export class ServerRef {
  constructor(readonly host: string, readonly port: number, readonly http2: boolean, readonly at: Place) {}
}

/** A secret in a Kubernetes Secret, in its place. */
export class SecretRef {
  constructor(readonly name: Located<string>, readonly field: Located<string> | undefined) {}
}

export const text: Shape = (field) => field.string();
export const flag: Shape = (field) => field.boolean();
export const anything: Shape = (field) => field.plain();
export const int = (min: number, max: number): Shape => (field) => field.integer(min, max);
export const oneOf = (...allowed: string[]): Shape => (field) => field.oneOf(allowed);

export const list = (item: Shape): Shape => (field, found) =>
  field.missing ? undefined : field.list().map((each) => item(each, found)).filter((value) => value !== undefined);

/** An object whose names are free; `name` looks at each of them. */
export const map = (value: Shape, name: (name: string, at: Place, found: Found) => void = () => undefined): Shape => (field, found) => {
  if (field.missing) return undefined;
  return Object.fromEntries(field.entries().map((entry) => {
    name(entry.key, entry.value.at, found);
    return [entry.key, value(entry.value, found)];
  }));
};

export interface ObjectRules {
  required?: string[];
  /** Exactly one of each of these lists must be there. */
  one?: string[][];
  /** At least one of these. */
  some?: string[];
  /** By field: what the plugin calls it. */
  renamed?: Record<string, string>;
}

export const object = (fields: Record<string, Shape>, rules: ObjectRules = {}): Shape => (field, found) => {
  if (field.missing) return undefined;
  const record = field.record();
  const values: [string, unknown][] = Object.entries(fields).map(([name, shape]) => {
    const member = rules.required?.includes(name) ? record.required(name) : record.field(name);
    return [rules.renamed?.[name] ?? name, member.missing ? undefined : shape(member, found)];
  });
  record.end();
  for (const names of rules.one ?? []) {
    const written = names.filter((name) => !record.field(name).missing);
    if (field.isRecord && written.length !== 1) field.error(`must have exactly one of ${names.join(", ")}`, names);
  }
  if (rules.some && field.isRecord && rules.some.every((name) => record.field(name).missing)) field.error(`must have at least one of ${rules.some.join(", ")}`, rules.some);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
};

/** The name of a key. */
export const key = (use: KeyUse["use"], side: KeyUse["side"] = "request"): Shape => (field, found) => {
  const name = field.located();
  if (name) found.keys.push({ ...name, use, side });
  return name?.value;
};

export const format = (moment: Moment): Shape => (field, found) => {
  const written = field.located();
  if (written) found.formats.push({ ...written, moment });
  return written?.value;
};

/** `[{key: StringMatch}]`: any of these, each with all of its keys; as the plugin has it, lists of matchers. */
export const match: Shape = (field, found) => {
  if (field.missing) return undefined;
  return field.list().map((alternative): Matcher[] => alternative.entries().flatMap(({ key: name, value }) => {
    found.keys.push({ value: name, at: value.at, use: "read", side: "request" });
    return readStringMatch(name, value) ?? [];
  }));
};

/** `{host, port}`. */
export const server = (http2 = false): Shape => (field) => {
  const record = field.record();
  const [host, port] = [record.required("host").string(), record.required("port").integer(1, 65535)];
  record.end();
  return host === undefined || port === undefined ? undefined : new ServerRef(host, port, http2, field.at);
};

/** For what may hold secrets, whatever was written there: no message shows any of it. */
export const hidden = (shape: Shape): Shape => (field, found) => shape(field.missing ? field : field.hidden(), found);

/** A text that nothing shows, or `{secret: {name, field}}`. */
export const secret: Shape = (field): Secret | SecretRef | undefined => {
  if (!field.isRecord) return field.secret();
  const outer = field.hidden().record(), inner = outer.required("secret").record();
  const [name, from] = [inner.required("name").located(), inner.field("field").located()];
  inner.end();
  outer.end();
  return name && new SecretRef(name, from);
};
