import { readDuration } from "./duration.ts";
import type { Field, Fields } from "./field.ts";
import type { Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";
import { match, type Found } from "./shape.ts";
import { SECTIONS } from "./sections.ts";
import type { Matcher } from "../ir/matcher.ts";

/** meltemi.io Policy: what filters do with the requests to a service. */
export interface Policy extends Metadata {
  host: Located<string>;
  port?: Located<number>;
  /** Names of routes; none: all requests. */
  routes: Located<string>[];
  match?: Matcher[][];
  sections: { name: string; config: Record<string, unknown> }[];
  idle?: Located<number>;
  found: Found;
}

export function readPolicy(root: Fields, metadata: Metadata): Policy | undefined {
  const spec = root.required("spec").record();
  const target = readTarget(spec.required("targetRef"));
  const found: Found = { keys: [], formats: [], ownKeys: [] };
  const matchers = match(spec.field("match"), found) as Matcher[][] | undefined;
  const idleMs = readDuration(spec.field("idleTimeout"));
  const sections = Object.entries(SECTIONS).flatMap(([name, shape]) => {
    const config = shape(spec.field(name), found) as Record<string, unknown> | undefined;
    return config === undefined || !spec.field(name).isRecord ? [] : [{ name, config }];
  });
  if (spec.self.isRecord && sections.length === 0 && spec.field("idleTimeout").missing) spec.self.error("must have at least one setting", [...Object.keys(SECTIONS), "idleTimeout"]);
  spec.end();
  const idle = idleMs === undefined ? {} : { idle: { value: idleMs, at: spec.field("idleTimeout").at } };
  return target && { ...metadata, ...target, ...(matchers ? { match: matchers } : {}), sections, ...idle, found };
}

function readTarget(field: Field): Pick<Policy, "host" | "port" | "routes"> | undefined {
  const target = field.record();
  const host = target.required("host").located();
  const port = target.field("port").integer(0, 65535);
  const routes = target.field("routes").strings();
  target.end();
  return host && { host, routes, ...(port === undefined ? {} : { port: { value: port, at: target.field("port").at } }) };
}
