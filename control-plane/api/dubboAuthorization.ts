import type { Field, Fields } from "./field.ts";
import { each, type Metadata } from "./metadata.ts";
import type { Matcher } from "../ir/matcher.ts";

/** dubbo.aeraki.io DubboAuthorizationPolicy: for all Dubbo services of its namespace. */
export interface DubboAuthorization extends Metadata {
  action: "ALLOW" | "DENY";
  /** Any of these, all matchers of it. */
  alternatives: Matcher[][];
}

/** Who a client is by its certificate. */
const IDENTITY = "connection.uri_san";
const MAX_ALTERNATIVES = 1000;

export function readDubboAuthorization(root: Fields, metadata: Metadata): DubboAuthorization {
  const spec = root.required("spec").record();
  const action = spec.field("action").oneOf(["ALLOW", "DENY"]) ?? "ALLOW";
  const rules = spec.field("rules");
  const alternatives = each(rules.list(), readRule).flat();
  if (alternatives.length > MAX_ALTERNATIVES) rules.error(`come to ${alternatives.length} combinations, more than ${MAX_ALTERNATIVES}`);
  spec.end();
  return { ...metadata, action, alternatives };
}

/** One of `from` and one of `to`; absent: any. */
function readRule(field: Field): Matcher[][] {
  const rule = field.record();
  const from = readEach(rule.field("from"), "source", readSource), to = readEach(rule.field("to"), "operation", readOperation);
  rule.end();
  return from.flatMap((source) => to.map((operation) => [...source, ...operation]));
}

function readEach(field: Field, name: string, read: (fields: Fields) => Matcher[][]): Matcher[][] {
  const items = field.list();
  if (items.length === 0) return [[]];
  return items.flatMap((item) => {
    const outer = item.record(), inner = outer.required(name).record();
    const alternatives = read(inner);
    inner.end();
    outer.end();
    return alternatives;
  });
}

function readSource(source: Fields): Matcher[][] {
  const principal = (text: string): Omit<Matcher, "key"> => pattern(text.startsWith("*") ? text : `spiffe://${text}`);
  return all(
    listed(source.field("principals"), IDENTITY, principal), listed(source.field("namespaces"), IDENTITY, namespace),
    [[...excluded(source.field("notPrincipals"), IDENTITY, principal), ...excluded(source.field("notNamespaces"), IDENTITY, namespace)]],
  );
}

function readOperation(operation: Fields): Matcher[][] {
  return all(
    listed(operation.field("interfaces"), "interface", pattern), listed(operation.field("methods"), "method", pattern),
    [[...excluded(operation.field("notInterfaces"), "interface", pattern), ...excluded(operation.field("notMethods"), "method", pattern)]],
  );
}

/** One of each. */
function all(...parts: Matcher[][][]): Matcher[][] {
  return parts.reduce((sofar, part) => sofar.flatMap((left) => part.map((right) => [...left, ...right])), [[]] as Matcher[][]);
}

/** Any of the patterns; absent or empty: no condition. */
function listed(field: Field, key: string, test: (text: string) => Omit<Matcher, "key">): Matcher[][] {
  const patterns = field.strings();
  return patterns.length === 0 ? [[]] : patterns.map(({ value }) => [{ key, ...test(value) }]);
}

/** None of the patterns. */
function excluded(field: Field, key: string, test: (text: string) => Omit<Matcher, "key">): Matcher[] {
  return field.strings().map(({ value }) => ({ key, ...test(value), invert: true }));
}

/** `*`, `abc*`, `*abc`, or the text itself. */
function pattern(text: string): Omit<Matcher, "key"> {
  if (text === "*") return { present: true };
  if (text.endsWith("*")) return { prefix: text.slice(0, -1) };
  return text.startsWith("*") ? { suffix: text.slice(1) } : { exact: text };
}

function namespace(name: string): Omit<Matcher, "key"> {
  return { regex: `spiffe://[^/]+/ns/\\Q${name.replaceAll("\\E", "\\E\\\\E\\Q")}\\E/sa/.*` };
}
