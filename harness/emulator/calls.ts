import { MapType, Status } from "./abi.ts";
import type { Bytes } from "./bytes.ts";
import type { Root } from "./context.ts";
import { readMessage } from "./foreign/protobuf.ts";
import { Headers } from "./http/headers.ts";
import { decodePairs, type Pairs } from "./pairs.ts";
import type { Vm } from "./vm.ts";

export interface HttpCall { id: number; root: Root; cluster: string; headers: Pairs; body: Buffer; trailers: Pairs; timeoutMs: number }
/** A call of one message (`unary`), or a stream. */
export interface GrpcCall {
  id: number; root: Root; cluster: string; service: string; method: string; metadata: Pairs; unary: boolean; timeoutMs: number;
  /** What the module has sent, and whether it said that this was all. */
  sent: Buffer[]; ended: boolean;
  closedByServer: boolean;
  /** By `proxy_grpc_close`: once the server has closed as well, the host forgets it. */
  closedByFilter: boolean;
  /** The module gave it up: nothing comes back any more. */
  cancelled: boolean;
}

/** What a call's id has in its lowest bits; ids count up by STEP. */
const HTTP = 0, UNARY = 1, STREAM = 2, STEP = 4, MASK = 3;

/** Calls that the module makes: recorded, and answered when the test says so. They always belong to the root context. */
export class Calls {
  readonly http: HttpCall[] = [];
  readonly grpc: GrpcCall[] = [];
  /** What the guest may read while the answer's callback runs. */
  maps = new Map<number, Headers>();
  body: Buffer | null = null;
  message: Bytes | null = null;
  /** Of the last call that failed or ended; the code stays, the text is there only in the callback. */
  status = { code: 0, text: "" };
  /** Clusters that a call finds; null: all. */
  clusters: Set<string> | null = null;
  private readonly ids = [HTTP, UNARY, STREAM];
  /** Those that the host still knows. */
  private readonly waiting = new Set<HttpCall>();
  private readonly open = new Map<number, GrpcCall>();

  constructor(private readonly vm: Vm) {}

  /** Calls and streams that have not ended. */
  get pending(): number { return this.waiting.size + this.open.size; }

  startHttp(root: Root, cluster: string, headers: Buffer, body: Buffer, trailers: Buffer, timeoutMs: number): number | { status: number } {
    const map = new Headers(decodePairs(headers));
    if (timeoutMs < 0 || !this.finds(cluster) || ![":path", ":method", ":authority"].every(name => map.get(name))) return { status: Status.BadArgument };
    if (body.length > 0) map.set("content-length", String(body.length));
    const call: HttpCall = { id: this.next(HTTP), root, cluster, headers: map.pairs, body, trailers: decodePairs(trailers), timeoutMs };
    this.http.push(call);
    this.waiting.add(call);
    return call.id;
  }

  /**
   * `service` is a GrpcService message, or a cluster's name alone where that is no message. With a request it is a unary
   * call.
   */
  startGrpc(root: Root, service: Buffer, name: string, method: string, metadata: Buffer, request: Buffer | null, timeoutMs: number): number | { status: number } {
    const proto = readMessage(service), envoy = proto?.get(1), unary = request !== null;
    if (!proto && !this.finds(service.toString())) return { status: Status.ParseFailure };
    const cluster = proto ? String(readMessage(Buffer.isBuffer(envoy) ? envoy : Buffer.alloc(0))?.get(1) ?? "") : service.toString();
    const id = this.next(unary ? UNARY : STREAM);
    if (!this.finds(cluster)) {
      this.vm.defer(() => this.run(root, { code: 14, text: "Cluster not available" }, () => this.vm.call("proxy_on_grpc_close", root, root.id, id, 14)));
      return { status: Status.InternalFailure };
    }
    const call: GrpcCall = {
      id, root, cluster, service: name, method, metadata: decodePairs(metadata), unary, timeoutMs,
      sent: request ? [request] : [], ended: unary, closedByServer: false, closedByFilter: false, cancelled: false,
    };
    this.grpc.push(call);
    this.open.set(id, call);
    return id;
  }

  /** Answers an HTTP call; without headers it failed. Does nothing if nobody waits for it. */
  answerHttp(call: HttpCall, headers: Pairs = [], body: Uint8Array | string = "", trailers: Pairs = []): void {
    if (!this.waiting.delete(call)) return;
    const reply = (): void => void this.vm.call("proxy_on_http_call_response", call.root, call.root.id, call.id, headers.length, this.body?.length ?? 0, trailers.length);
    if (headers.length === 0) return this.run(call.root, { code: Status.BrokenConnection, text: "reset" }, reply);
    this.maps = new Map([[MapType.HttpCallHeaders, new Headers(headers)], [MapType.HttpCallTrailers, new Headers(trailers)]]);
    this.body = Buffer.from(body as Uint8Array);
    this.run(call.root, null, reply);
  }

  /** First metadata from the server of a stream. */
  metadataGrpc(call: GrpcCall, metadata: Pairs): void { this.metadata(call, "initial", MapType.GrpcInitialMetadata, metadata); }

  /** A message from the server. That of a unary call ends it. */
  receiveGrpc(call: GrpcCall, message: Uint8Array): void {
    if (!this.alive(call)) return;
    if (call.unary) this.open.delete(call.id);
    this.message = { bytes: Buffer.from(message) };
    this.run(call.root, null, () => this.vm.call("proxy_on_grpc_receive", call.root, call.root.id, call.id, message.length));
  }

  /**
   * The server's end of a stream, or the failure of a unary call, with a gRPC status. A stream gets its trailers before.
   * `details` is what Envoy says of how it ended and adds to the server's text.
   */
  closeGrpc(call: GrpcCall, code: number, text = "", trailers: Pairs = [], details = "via_upstream"): void {
    if (!this.alive(call)) return;
    this.metadata(call, "trailing", MapType.GrpcTrailingMetadata, trailers);
    if (!this.alive(call)) return;
    call.closedByServer = true;
    const status = { code, text: text ? `${text}{${details}}` : details };
    this.run(call.root, status, () => this.vm.call("proxy_on_grpc_close", call.root, call.root.id, call.id, code));
    if (call.unary || call.closedByFilter) this.open.delete(call.id);
  }

  sendGrpc(id: number, message: Buffer, end: boolean): number {
    if ((id & MASK) !== STREAM) return Status.BadArgument;
    const call = this.open.get(id);
    if (!call) return Status.NotFound;
    if (!call.closedByServer && !call.ended) {
      call.sent.push(message);
      call.ended = end;
    }
    return Status.Ok;
  }

  /** `proxy_grpc_close`: this side is done; a stream that its server has closed as well is forgotten. */
  endGrpc(id: number): number {
    const call = this.open.get(id);
    if (!call || call.unary || call.closedByServer) return this.cancelGrpc(id);
    call.ended = call.closedByFilter = true;
    return Status.Ok;
  }

  cancelGrpc(id: number): number {
    if ((id & MASK) === HTTP || (id & MASK) > STREAM) return Status.BadArgument;
    const call = this.open.get(id);
    if (!call) return Status.NotFound;
    if (!call.closedByServer) call.cancelled = true;
    this.open.delete(id);
    return Status.Ok;
  }

  private metadata(call: GrpcCall, which: string, map: number, pairs: Pairs): void {
    if (call.unary || !this.alive(call)) return;
    this.maps = new Map([[map, new Headers(pairs)]]);
    this.run(call.root, null, () => this.vm.call(`proxy_on_grpc_receive_${which}_metadata`, call.root, call.root.id, call.id, pairs.length));
  }

  /** A root that is gone took its calls with it. */
  private alive(call: GrpcCall): boolean { return this.open.get(call.id) === call && !call.closedByServer; }

  private run(root: Root, status: { code: number; text: string } | null, callback: () => void): void {
    if (status) this.status = status;
    try {
      if (this.vm.contexts.get(root.id) === root) callback();
    } finally {
      this.maps.clear();
      this.body = this.message = null;
      this.status.text = "";
    }
  }

  private finds(cluster: string): boolean { return !this.clusters || this.clusters.has(cluster); }
  private next(type: number): number { return this.ids[type] = (this.ids[type] ?? type) + STEP; }
}
