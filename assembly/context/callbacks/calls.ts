/** Callbacks of the ABI for answers to HTTP and gRPC calls: they come to the root, and go to the call's owner. */
import { forgetGrpcCall, grpcCall, GrpcCall, GrpcStream, takeHttpCall } from "../calls";
import { Context } from "../context";
import { isAlive } from "../contexts";
import { closeGrpc } from "../../host/grpcCall";

export function proxy_on_http_call_response(root: u32, id: u32, headers: u32, bodySize: u32, trailers: u32): void {
  const call = takeHttpCall(id);
  if (call === null) return;
  if (select(call.owner)) call.onResponse(headers, bodySize, trailers);
  else call.onAbandoned();
}

export function proxy_on_grpc_receive_initial_metadata(root: u32, id: u32, count: u32): void {
  const call = ownedCall(id);
  if (call) call.onInitialMetadata(count);
}

export function proxy_on_grpc_receive(root: u32, id: u32, size: u32): void {
  const call = ownedCall(id);
  if (call === null) return;
  // A single answer ends a call: no close follows it.
  if (call instanceof GrpcCall) forgetGrpcCall(id);
  call.onMessage(size);
}

export function proxy_on_grpc_receive_trailing_metadata(root: u32, id: u32, count: u32): void {
  const call = ownedCall(id);
  if (call) call.onTrailingMetadata(count);
}

export function proxy_on_grpc_close(root: u32, id: u32, status: u32): void {
  const call = ownedCall(id);
  forgetGrpcCall(id);
  if (call) call.onClose(status);
  // Envoy keeps a stream that its server has closed until this side has closed it as well.
  closeGrpc(id);
}

/** The call of an id, its owner selected. One whose owner has gone is cancelled: nobody wants its answer. */
function ownedCall(id: u32): GrpcStream | null {
  const call = grpcCall(id);
  if (call === null || select(call.owner)) return call;
  call.cancel();
  return null;
}

function select(owner: Context | null): bool { return owner === null || (isAlive(owner) && owner.select()); }
