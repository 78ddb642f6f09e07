import type { Pairs } from "../pairs.ts";
import { Headers } from "./headers.ts";

export interface LocalReply {
  code: number;
  body: Buffer;
  headers: Pairs;
  /** Outside of 0 to 16: none. */
  grpcStatus: number;
  details: string;
}

/** gRPC statuses of HTTP statuses, for answers to gRPC requests (Grpc::Utility::httpToGrpcStatus). */
const GRPC: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };
const UNKNOWN = 2;

/** What Envoy makes of it: a gRPC request gets trailers only, any other one a text. */
export function localReply(reply: LocalReply, contentType = ""): { headers: Headers; body: Buffer } {
  const headers = new Headers([[":status", String(reply.code)], ...reply.headers]);
  if (/^application\/grpc($|[+;])/.test(contentType)) {
    headers.set(":status", "200");
    headers.set("content-type", "application/grpc");
    const status = reply.grpcStatus >= 0 && reply.grpcStatus <= 16 ? reply.grpcStatus : GRPC[reply.code] ?? UNKNOWN;
    if (!headers.get("grpc-status")) headers.set("grpc-status", String(status));
    if (reply.body.length > 0) headers.set("grpc-message", percentEncoded(reply.body));
    headers.remove("content-length");
    return { headers, body: Buffer.alloc(0) };
  }
  if (reply.body.length > 0) {
    headers.set("content-length", String(reply.body.length));
    if (headers.get("content-type") === undefined) headers.set("content-type", "text/plain");
  } else {
    headers.remove("content-length");
    headers.remove("content-type");
  }
  return { headers, body: reply.body };
}

/** As grpc-message is written: what is not printable ASCII, and the percent sign. */
function percentEncoded(bytes: Buffer): string {
  return [...bytes].map(byte => byte >= 0x20 && byte < 0x7f && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
