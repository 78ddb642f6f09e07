/** Filter state: Envoy's own keys, and the types of the filter's own ones. Protocol: envoy.source.extensions.common.wasm. */
import { Status } from "../env/enums";
import { lastStatus } from "../env/memory";
import { writeNumber, writeText } from "../bytes/protobuf";
import { Writer } from "../bytes/writer";
import { callForeign } from "./foreign";

const message: Writer = new Writer(128);

/** How long a value lives. */
export enum LifeSpan { FilterChain = 0, Request = 1, Connection = 2 }

export enum PropertyType { Bytes = 0, Text = 1, FlatBuffers = 2, Protobuf = 3 }

/**
 * Sets a value that Envoy itself reads, such as `envoy.tcp_proxy.cluster`: only keys that it has an object factory for
 * (well_known_filter_state in its documentation), otherwise NotFound. Envoy quirk: before 1.37 it worked only in the
 * stream's own callbacks, not in those of a call or a tick.
 */
export function setFilterState(key: string, value: string, span: LifeSpan = LifeSpan.FilterChain): Status {
  message.reset();
  // SetEnvoyFilterStateArguments
  writeText(message, 1, key);
  writeText(message, 2, value);
  writeNumber(message, 3, span);
  callForeign("set_envoy_filter_state", message.base, message.length);
  return lastStatus();
}

/**
 * Says what a property that the filter will set is and how long it lives. `schema` is that of FlatBuffers or Protobuf. Envoy
 * quirks: it counts only if a root does it; a second time it is BadArgument, and so is setting a read-only one again.
 */
export function declareProperty(
  name: string, type: PropertyType, span: LifeSpan = LifeSpan.FilterChain, readOnly: bool = false, schema: string = "",
): Status {
  message.reset();
  // DeclarePropertyArguments
  writeText(message, 1, name);
  writeNumber(message, 2, readOnly ? 1 : 0);
  writeNumber(message, 3, type);
  writeText(message, 4, schema);
  writeNumber(message, 5, span);
  callForeign("declare_property", message.base, message.length);
  return lastStatus();
}

/** HTTP: the route is chosen anew, after the filter has changed what it depends on. */
export function clearRouteCache(): Status {
  callForeign("clear_route_cache", 0, 0);
  return lastStatus();
}
