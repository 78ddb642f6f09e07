import { Status } from "./abi.ts";
import type { Context } from "./context.ts";

/** Filter state that modules set: Envoy keeps it under this before its name. */
const STATE = "filter_state\0wasm.";

/** Envoy takes a path with or without the trailing \0 that some SDKs write. A status: there is none, or no path. */
export function readProperty({ properties }: Context, path: Buffer): Buffer | number {
  const name = path.toString("latin1").replace(/\0$/, "");
  if (!name) return Status.SerializationFailure;
  return properties.get(name) ?? (name.includes("\0") ? undefined : properties.get(STATE + name)) ?? Status.NotFound;
}

/** `proxy_set_property`: filter state of the stream, under the path as it is written: one with NULs is not found again. */
export function writeProperty({ connection, http, properties, root }: Context, path: Buffer, value: Buffer): number {
  if (!connection && !http) return Status.NotFound;
  const name = path.toString("latin1");
  if (root.properties.isReadOnly(name) && properties.get(STATE + name)) return Status.BadArgument;
  properties.set(STATE + name, value);
  return Status.Ok;
}
