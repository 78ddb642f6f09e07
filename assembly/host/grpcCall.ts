import { proxy_get_status, proxy_grpc_call, proxy_grpc_cancel, proxy_grpc_close, proxy_grpc_send, proxy_grpc_stream } from "../env/imports";
import { Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { writeBytes, writeText } from "../bytes/protobuf";
import { PairWriter } from "../bytes/pairs";
import { Writer } from "../bytes/writer";
import { argument2, argument3, given, givenText } from "./text";

const none = new PairWriter();
const service: Writer = new Writer(64);
const inner: Writer = new Writer(64);

/** envoy.config.core.v3.GrpcService { envoy_grpc = 1 { cluster_name = 1 } }: Envoy takes a cluster's name only in it. */
function grpcService(cluster: string): Writer {
  inner.reset();
  writeText(inner, 1, cluster);
  service.reset();
  writeBytes(service, 1, inner.base, inner.length);
  return service;
}

/** Calls a method once; the call's id, or 0 and `lastStatus()`. Authors use `GrpcCall`, which finds its answer. */
export function startGrpcCall(cluster: string, name: string, method: string, metadata: PairWriter | null, message: Writer, timeoutMs: u32): u32 {
  const to = grpcService(cluster), type = argument2(name), rpc = argument3(method), pairs = (metadata ? metadata : none).encode();
  const good = answered(proxy_grpc_call(
    to.base, to.length, type.base, type.length, rpc.base, rpc.length, pairs.base, pairs.length, message.base, message.length, timeoutMs, RESULT_AT,
  ));
  return good ? load<u32>(RESULT_AT) : 0;
}

/** Opens a stream; its id, or 0 and `lastStatus()`. Authors use `GrpcStream`. */
export function startGrpcStream(cluster: string, name: string, method: string, metadata: PairWriter | null): u32 {
  const to = grpcService(cluster), type = argument2(name), rpc = argument3(method), pairs = (metadata ? metadata : none).encode();
  const good = answered(proxy_grpc_stream(
    to.base, to.length, type.base, type.length, rpc.base, rpc.length, pairs.base, pairs.length, RESULT_AT,
  ));
  return good ? load<u32>(RESULT_AT) : 0;
}

/** Sends a message on a stream; `end`: it is the last one. */
export function sendGrpc(id: u32, message: Writer, end: bool): Status {
  return <Status>proxy_grpc_send(id, message.base, message.length, end ? 1 : 0);
}

/** Ends a call or a stream without waiting for its server; no callback follows. */
export function cancelGrpc(id: u32): Status { return <Status>proxy_grpc_cancel(id); }
/** This side of a stream has nothing more to say; its answers still come, and what is sent later goes nowhere. A call it cancels. */
export function closeGrpc(id: u32): Status { return <Status>proxy_grpc_close(id); }

/**
 * Text of the status of the call whose callback is running; allocates. Its code: `callStatus`. Envoy quirk: behind the server's
 * text is how it came, `not allowed{via_upstream}`.
 */
export function callStatusText(): string {
  readStatus();
  return givenText();
}

/**
 * Status of the call whose callback is running: a gRPC status that has ended it, or BrokenConnection. Envoy quirk: a call that
 * went well leaves that of the one before.
 */
export function callStatus(): i32 { return readStatus() ? load<i32>(RESULT) : -1; }

function readStatus(): bool {
  given.reset();
  landIn(given);
  const good = answered(proxy_get_status(RESULT, RESULT_AT, RESULT_SIZE));
  liftOff();
  return good;
}
