import type { Field, Fields } from "./field.ts";
import { readIdl, type IdlOption } from "./idl.ts";
import type { Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";
import { Secret } from "./secret.ts";

/** metaprotocol.aeraki.io ApplicationProtocol: a name for port names, and the codec it stands for. */
export interface ApplicationProtocol extends Metadata {
  protocol: Located<string>;
  codec: Located<string>;
  /** The codec's own options, passed on as they are. */
  options?: Record<string, unknown>;
  /** But for this one, which is compiled. */
  idl?: IdlOption;
}

/** Names of options whose values nothing shows, whatever the codec. */
const SECRETS = /password|secret|token|credential/i;
const AERAKI_PREFIX = "aeraki.meta_protocol.codec.";

export function readApplicationProtocol(root: Fields, metadata: Metadata): ApplicationProtocol | undefined {
  const spec = root.required("spec").record();
  const protocol = spec.required("protocol").located();
  const codec = spec.required("codec").located();
  // a codec's password may be among them
  const written = spec.field("options"), options = written.missing ? written : written.hidden();
  if (!options.missing && !options.isRecord) options.error("must be an object");
  spec.end();
  if (protocol && !/^[a-z0-9]+(-[a-z0-9]+)*$/i.test(protocol.value)) {
    spec.field("protocol").error("must consist of letters, digits and single dashes, because it is part of port names");
  }
  if (protocol === undefined || codec === undefined) return undefined;
  const name = codec.value.startsWith(AERAKI_PREFIX) ? codec.value.slice(AERAKI_PREFIX.length) : codec.value;
  return { ...metadata, protocol, codec: { value: name, at: codec.at }, ...(options.isRecord ? ownOptions(written, name) : {}) };
}

function ownOptions(field: Field, codec: string): Pick<ApplicationProtocol, "options" | "idl"> {
  const { idl, ...options } = concealed(field.plain()) as Record<string, unknown>;
  if (idl === undefined || codec.toLowerCase() !== "thrift") return { options: idl === undefined ? options : { ...options, idl } };
  return { options, idl: readIdl(field.record().field("idl")) };
}

function concealed(value: unknown, name = ""): unknown {
  if (typeof value === "string") return SECRETS.test(name) ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item) => concealed(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, concealed(inner, key)]));
}
