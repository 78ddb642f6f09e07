import { Status } from "./abi.ts";
import type { Root } from "./context.ts";
import { decodePairs, type Pairs } from "./pairs.ts";
import type { Vm } from "./vm.ts";

export interface HttpCall { id: number; root: Root; cluster: string; headers: Pairs; body: Buffer; trailers: Pairs; timeoutMs: number }
export interface GrpcStream {
  id: number; root: Root; cluster: string; service: string; method: string; metadata: Pairs; sent: Buffer[]; ended: boolean;
  /** undefined while it is open. */
  closed?: "by-filter" | "by-server";
}

/** Calls that the module makes: recorded, and answered when the test says so. They always belong to the root context. */
export class Calls {
  readonly http: HttpCall[] = [];
  readonly grpc: GrpcStream[] = [];
  /** What the guest may read while the answer's callback runs. */
  maps = new Map<number, Pairs>();
  body: Buffer | null = null;
  message: Buffer | null = null;
  status = { code: 0, text: "" };
  /** Clusters that a call finds; null: all. */
  clusters: Set<string> | null = null;
  private ids = 0;

  constructor(private readonly vm: Vm) {}

  startHttp(root: Root, cluster: string, headers: Buffer, body: Buffer, trailers: Buffer, timeoutMs: number): number | { status: number } {
    const pairs = decodePairs(headers), ends = decodePairs(trailers);
    const names = new Set(pairs?.map(([name]) => name));
    if (!pairs || !ends || ![":path", ":method", ":authority"].every(name => names.has(name))) return { status: Status.BadArgument };
    if (this.clusters && !this.clusters.has(cluster)) return { status: Status.BadArgument };
    this.http.push({ id: ++this.ids, root, cluster, headers: pairs, body, trailers: ends, timeoutMs });
    return this.ids;
  }

  startGrpc(root: Root, cluster: string, service: string, method: string, metadata: Buffer): number | { status: number } {
    const pairs = decodePairs(metadata);
    if (!pairs) return { status: Status.ParseFailure };
    this.grpc.push({ id: ++this.ids, root, cluster, service, method, metadata: pairs, sent: [], ended: false });
    return this.ids;
  }

  /** Answers an HTTP call; without headers it failed. */
  answerHttp(call: HttpCall, headers: Pairs = [], body: Uint8Array | string = "", trailers: Pairs = []): void {
    this.maps = new Map([[6, headers], [7, trailers]]);
    this.body = Buffer.from(body as Uint8Array);
    this.status = headers.length > 0 ? { code: 0, text: "" } : { code: Status.BrokenConnection, text: "" };
    this.vm.call("proxy_on_http_call_response", call.root, call.root.id, call.id, headers.length, this.body.length, trailers.length);
    this.maps.clear();
    this.body = null;
  }

  /** A message from the server of a stream. */
  receiveGrpc(stream: GrpcStream, message: Uint8Array): void {
    this.message = Buffer.from(message);
    this.vm.call("proxy_on_grpc_receive", stream.root, stream.root.id, stream.id, message.length);
    this.message = null;
  }

  /** The server's end of a stream, with a gRPC status. */
  closeGrpc(stream: GrpcStream, code: number, text = ""): void {
    if (stream.closed) return;
    stream.closed = "by-server";
    this.status = { code, text };
    this.vm.call("proxy_on_grpc_close", stream.root, stream.root.id, stream.id, code);
  }

  sendGrpc(id: number, message: Buffer, end: boolean): number {
    const stream = this.open(id);
    if (!stream) return Status.NotFound;
    if (message.length > 0) stream.sent.push(message);
    stream.ended ||= end;
    return Status.Ok;
  }

  endGrpc(id: number): number {
    const stream = this.open(id);
    if (!stream) return Status.NotFound;
    stream.closed = "by-filter";
    return Status.Ok;
  }

  private open(id: number): GrpcStream | undefined { return this.grpc.find(stream => stream.id === id && !stream.closed); }
}
