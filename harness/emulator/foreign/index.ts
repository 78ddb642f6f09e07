import { deflateSync, inflateSync } from "node:zlib";
import { Status } from "../abi.ts";
import type { Context } from "../context.ts";
import type { Host } from "../host.ts";
import { sign, verifySignature } from "./crypto.ts";
import { declareProperty, setFilterState } from "./filterstate.ts";
import type { Foreign } from "./types.ts";

const uncompress: Foreign = (_host, _context, argument) => {
  try {
    return inflateSync(argument);
  } catch {
    return Status.SerializationFailure;
  }
};

/** Envoy's foreign functions; `expr_create` and its like need CEL and are not here: NOT_FOUND, a known difference. */
const FUNCTIONS: Record<string, Foreign> = {
  compress: (_host, _context, argument) => deflateSync(argument),
  uncompress,
  verify_signature: verifySignature,
  sign,
  set_envoy_filter_state: setFilterState,
  declare_property: declareProperty,
  clear_route_cache: (_host, context) => {
    if (context.http) context.http.routesCleared++;
    return Status.Ok;
  },
};

/** Runs a foreign function on a context. */
export function callForeign(host: Host, name: string, context: Context, argument: Buffer): Buffer | number {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]?.(host, context, argument) ?? Status.NotFound : Status.NotFound;
}
