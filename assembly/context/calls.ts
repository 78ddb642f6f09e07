/**
 * Calls to other services. AssemblyScript has no closures: subclass, and keep what the answer needs in fields. The host
 * gives answers to the root context; here they find the call by its id and the owner by the call.
 */
import { Buffer, MapType, Status } from "../env/enums";
import { PairWriter } from "../bytes/pairs";
import { Writer } from "../bytes/writer";
import { bufferText } from "../host/buffer";
import { cancelGrpc, closeGrpc, sendGrpc, startGrpcCall, startGrpcStream } from "../host/grpcCall";
import { header } from "../host/headers";
import { startHttpCall } from "../host/httpCall";
import { lastStatus } from "../env/memory";
import { Context } from "./context";

const httpCalls: Map<u32, HttpCall> = new Map<u32, HttpCall>();
const grpcCalls: Map<u32, GrpcStream> = new Map<u32, GrpcStream>();

/** Calls of this VM that wait for an answer. */
export function openCalls(): i32 { return httpCalls.size + grpcCalls.size; }

/** A request to a cluster. */
export abstract class HttpCall {
  private id: u32 = 0;

  /** `owner`: the stream that the answer is for, selected in `onResponse`; null: the root context. */
  constructor(public owner: Context | null) {}

  /**
   * Sends it: `headers` with `:method`, `:path` and `:authority`. Not Ok: it was not sent and no callback will come
   * (BadArgument: no such cluster, or a header is missing).
   */
  send(cluster: string, headers: PairWriter, timeoutMs: u32, body: Writer | null = null, trailers: PairWriter | null = null): Status {
    this.id = startHttpCall(cluster, headers, body, trailers, timeoutMs);
    const status = lastStatus();
    if (status == Status.Ok) httpCalls.set(this.id, this);
    return status;
  }

  /**
   * The answer: headers in MapType.HttpCallResponse, body in Buffer.HttpCallResponseBody, readable only here. No headers:
   * the call was reset. Envoy quirk: without a connection it is an answer 503, after the timeout one of 504.
   */
  abstract onResponse(headers: i32, bodySize: i32, trailers: i32): void;

  /** The owner has gone before the answer came; the root context is selected. */
  onAbandoned(): void {}

  /** In `onResponse`: the status of the answer, 0 if the call failed. */
  protected get status(): i32 {
    const text = header(MapType.HttpCallResponse, ":status");
    return text ? <i32>parseInt(text) : 0;
  }

  /** In `onResponse`: the body as text; allocates. */
  protected get body(): string { return bufferText(Buffer.HttpCallResponseBody); }
}

/** A stream of messages with a gRPC service, both ways. */
export abstract class GrpcStream {
  protected id: u32 = 0;

  constructor(public owner: Context | null) {}

  /** Opens it; not Ok: no callback will come. A server that cannot be reached shows in `onClose` (14, Unavailable). */
  open(cluster: string, service: string, method: string, metadata: PairWriter | null = null): Status {
    return this.opened(startGrpcStream(cluster, service, method, metadata));
  }

  send(message: Writer, end: bool = false): Status { return sendGrpc(this.id, message, end); }

  /** This side has nothing more to say; the server's answers still come. */
  close(): Status { return closeGrpc(this.id); }

  /** Ends it at once; no callback follows. */
  cancel(): Status {
    grpcCalls.delete(this.id);
    return cancelGrpc(this.id);
  }

  /** Metadata in MapType.GrpcInitialMetadata. */
  onInitialMetadata(count: i32): void {}
  /** A message, `size` bytes in Buffer.GrpcMessage, readable only here. */
  abstract onMessage(size: i32): void;
  /** Metadata in MapType.GrpcTrailingMetadata. */
  onTrailingMetadata(count: i32): void {}
  /** It has ended with a gRPC status, 0 for a good end; `callStatusText` tells more. */
  abstract onClose(status: i32): void;

  protected opened(id: u32): Status {
    const status = lastStatus();
    this.id = id;
    if (status == Status.Ok) grpcCalls.set(id, this);
    return status;
  }
}

/** One message to a gRPC service and one back: either `onMessage` or `onClose` with an error comes, once. */
export abstract class GrpcCall extends GrpcStream {
  constructor(owner: Context | null) { super(owner); }

  call(cluster: string, service: string, method: string, message: Writer, timeoutMs: u32, metadata: PairWriter | null = null): Status {
    return this.opened(startGrpcCall(cluster, service, method, metadata, message, timeoutMs));
  }
}

/** Dispatcher: the call of an id, which has had its answer; null: nobody waits for it. */
export function takeHttpCall(id: u32): HttpCall | null {
  if (!httpCalls.has(id)) return null;
  const call = httpCalls.get(id);
  httpCalls.delete(id);
  return call;
}

export function grpcCall(id: u32): GrpcStream | null { return grpcCalls.has(id) ? grpcCalls.get(id) : null; }
export function forgetGrpcCall(id: u32): void { grpcCalls.delete(id); }
