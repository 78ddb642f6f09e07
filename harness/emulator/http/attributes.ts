import type { PropertyValue } from "../properties.ts";
import type { Headers } from "./headers.ts";
import type { Half } from "./half.ts";

/** What attributes are computed from: an `HttpStream`. */
interface Seen { request: Half; response: Half; logging: boolean; details: string; startedAt: bigint }

type Read = (stream: Seen) => PropertyValue | undefined;

/** Headers are there while the guest may read them, and once logs are written. */
const asked = ({ request, logging }: Seen): Headers | null => logging ? request.message : request.headers;
const answered = ({ response, logging }: Seen): Headers | null => logging ? response.message : response.headers;
const ended = ({ response, logging }: Seen): Headers | null => logging ? response.messageTrailers : response.trailers;
const requestHeader = (name: string): Read => stream => asked(stream)?.get(name);
const path = (stream: Seen): string | undefined => asked(stream)?.get(":path");
/** What a status of HTTP is in gRPC where there is no other: 200 too is unknown. */
const UNKNOWN = 2;

/** Attributes of requests and responses that Envoy computes from the headers it has seen. */
const READ: Record<string, Read> = {
  "request.path": requestHeader(":path"),
  "request.host": requestHeader(":authority"),
  "request.method": requestHeader(":method"),
  "request.scheme": requestHeader(":scheme"),
  "request.referer": requestHeader("referer"),
  "request.useragent": requestHeader("user-agent"),
  "request.id": requestHeader("x-request-id"),
  "request.url_path": stream => path(stream)?.split("?")[0],
  "request.query": stream => asked(stream) ? /\?([^#]*)/.exec(path(stream) ?? "")?.[1] ?? "" : undefined,
  "request.time": stream => stream.startedAt,
  "request.duration": stream => stream.logging ? 1_000_000 : undefined,
  "request.protocol": () => "HTTP/1.1",
  "request.size": stream => Number(asked(stream)?.get("content-length") ?? 0),
  "request.total_size": stream => Number(asked(stream)?.get("content-length") ?? 0) + (asked(stream)?.bytes ?? 0),
  "response.code": stream => number(stream.response.message?.get(":status")),
  "response.code_details": stream => stream.details || undefined,
  "response.flags": () => 0,
  "response.grpc_status": stream => number(ended(stream)?.get("grpc-status") ?? answered(stream)?.get("grpc-status")) ?? (stream.response.begun ? UNKNOWN : undefined),
};

/** An attribute by its path with NULs; undefined: not one of these, or there is none. */
export function attribute(stream: Seen, name: string): PropertyValue | undefined {
  const [first, second, third] = name.split("\0");
  if (third !== undefined) return field(stream, first, second)?.get(third);
  return READ[`${first}.${second}`]?.(stream);
}

function field(stream: Seen, first?: string, second?: string): Headers | null {
  if (first === "request" && second === "headers") return asked(stream);
  if (first !== "response") return null;
  return second === "headers" ? answered(stream) : second === "trailers" ? ended(stream) : null;
}

function number(text: string | undefined): number | undefined { return text === undefined ? undefined : Number(text); }
