import type { Field } from "./field.ts";
import type { Located, Place } from "./problem.ts";

/** `options.idl` of an ApplicationProtocol for Thrift: what its servers were generated from. */
export interface IdlOption {
  at: Place;
  /** Names of `texts`, and paths beside the resource's file; in the order of their services. */
  files: Located<string>[];
  /** By name. */
  texts: Map<string, string>;
  /** Services of the files by their name on the wire, "" where requests have none; undefined: each by its own, and all of them without one. */
  services?: Map<string, Located<string>>;
  /** What becomes of requests with fields that the IDL does not know. */
  unknownFields: "refuse" | "skip";
}

const UNKNOWN_FIELDS = ["refuse", "skip"] as const;

export function readIdl(field: Field): IdlOption {
  const fields = field.record(), names = fields.field("files").strings(), services = fields.field("services");
  const texts = new Map(Object.entries(fields.field("texts").stringMap())), at = field.at;
  const files = fields.field("files").missing ? [...texts.keys()].map((value) => ({ value, at })) : names;
  const unknownFields = fields.field("unknownFields").oneOf(UNKNOWN_FIELDS) ?? "refuse";
  const named = services.entries().flatMap(({ key, value }) => {
    const service = value.located();
    return service ? [[key, service] as const] : [];
  });
  fields.end();
  if (files.length === 0) field.error("needs files, paths of .thrift files beside this one, or their texts by name");
  return { at, files, texts, ...(services.missing ? {} : { services: new Map(named) }), unknownFields };
}
