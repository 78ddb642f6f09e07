/** Callbacks of the ABI for connections. */
import { Action, Peer } from "../../env/enums";
import { beginPushable, endPushable } from "../../host/callback";
import { connectionOf } from "../contexts";

export function proxy_on_new_connection(id: u32): u32 {
  const connection = connectionOf(id);
  return connection ? connection.onNewConnection() : Action.Continue;
}

export function proxy_on_downstream_data(id: u32, size: u32, end: u32): u32 {
  const connection = connectionOf(id);
  if (connection === null) return Action.Continue;
  beginPushable(id);
  const action = connection.onDownstreamData(<i32>size, end != 0);
  endPushable();
  return action;
}

export function proxy_on_upstream_data(id: u32, size: u32, end: u32): u32 {
  const connection = connectionOf(id);
  return connection ? connection.onUpstreamData(<i32>size, end != 0) : Action.Continue;
}

export function proxy_on_downstream_connection_close(id: u32, peer: u32): void {
  const connection = connectionOf(id);
  if (connection) connection.onDownstreamClose(<Peer>peer);
}

export function proxy_on_upstream_connection_close(id: u32, peer: u32): void {
  const connection = connectionOf(id);
  if (connection) connection.onUpstreamClose(<Peer>peer);
}
