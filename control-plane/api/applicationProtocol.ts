import type { Field, Fields } from "./field.ts";
import { readIdl, type IdlOption } from "./idl.ts";
import type { Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";

/** metaprotocol.aeraki.io ApplicationProtocol: a name for port names, and the codec it stands for. */
export interface ApplicationProtocol extends Metadata {
  protocol: Located<string>;
  codec: Located<string>;
  /** The codec's own options, passed on as they are. */
  options?: Record<string, unknown>;
  /** But for this one, which is compiled. */
  idl?: IdlOption;
}

const AERAKI_PREFIX = "aeraki.meta_protocol.codec.";

export function readApplicationProtocol(root: Fields, metadata: Metadata): ApplicationProtocol | undefined {
  const spec = root.required("spec").record();
  const protocol = spec.required("protocol").located();
  const codec = spec.required("codec").located();
  const options = spec.field("options");
  if (!options.missing && !options.isRecord) options.error("must be an object");
  spec.end();
  if (protocol && !/^[a-z0-9]+(-[a-z0-9]+)*$/i.test(protocol.value)) {
    spec.field("protocol").error("must be of letters, digits and single dashes: it is part of port names");
  }
  if (protocol === undefined || codec === undefined) return undefined;
  const name = codec.value.startsWith(AERAKI_PREFIX) ? codec.value.slice(AERAKI_PREFIX.length) : codec.value;
  return { ...metadata, protocol, codec: { value: name, at: codec.at }, ...(options.isRecord ? ownOptions(options, name) : {}) };
}

function ownOptions(field: Field, codec: string): Pick<ApplicationProtocol, "options" | "idl"> {
  const { idl, ...options } = field.plain() as Record<string, unknown>;
  if (idl === undefined || codec.toLowerCase() !== "thrift") return { options: idl === undefined ? options : { ...options, idl } };
  return { options, idl: readIdl(field.record().field("idl")) };
}
