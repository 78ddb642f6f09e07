import type { Fields } from "./field.ts";
import type { Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";

/** metaprotocol.aeraki.io ApplicationProtocol: a name for port names, and the codec it stands for. */
export interface ApplicationProtocol extends Metadata {
  protocol: Located<string>;
  codec: Located<string>;
  /** The codec's own options, passed on as they are. */
  options?: Record<string, unknown>;
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
  const own = options.isRecord ? { options: options.plain() as Record<string, unknown> } : {};
  return { ...metadata, protocol, codec: { value: name, at: codec.at }, ...own };
}
