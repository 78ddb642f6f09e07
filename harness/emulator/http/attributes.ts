import type { PropertyValue } from "../properties.ts";
import type { Headers } from "./headers.ts";
import type { HttpStream } from "./stream.ts";

type Read = (stream: HttpStream) => PropertyValue | undefined;

const requestHeader = (name: string): Read => stream => stream.request.message?.get(name);
const path = (stream: HttpStream): string => stream.request.message?.get(":path") ?? "";

/** Attributes of requests and responses that Envoy computes from the headers it has seen. */
const READ: Record<string, Read> = {
  "request.path": requestHeader(":path"),
  "request.host": requestHeader(":authority"),
  "request.method": requestHeader(":method"),
  "request.scheme": requestHeader(":scheme"),
  "request.referer": requestHeader("referer"),
  "request.useragent": requestHeader("user-agent"),
  "request.id": requestHeader("x-request-id"),
  "request.url_path": stream => path(stream).split("?")[0],
  "request.query": stream => /\?([^#]*)/.exec(path(stream))?.[1] ?? "",
  "request.protocol": () => "HTTP/1.1",
  "request.size": stream => Number(stream.request.message?.get("content-length") ?? 0),
  "request.total_size": stream => Number(stream.request.message?.get("content-length") ?? 0) + (stream.request.message?.bytes ?? 0),
  "response.code": stream => number(stream.response.message?.get(":status")),
  "response.code_details": stream => stream.details || undefined,
  "response.flags": () => 0,
  "response.grpc_status": stream => number(stream.response.messageTrailers?.get("grpc-status") ?? stream.response.message?.get("grpc-status")),
};

/** An attribute by its path with NULs; undefined: not one of these, or there is none. */
export function attribute(stream: HttpStream, name: string): PropertyValue | undefined {
  const [first, second, third] = name.split("\0");
  if (third !== undefined) return field(stream, first, second)?.get(third);
  return READ[`${first}.${second}`]?.(stream);
}

function field(stream: HttpStream, first?: string, second?: string): Headers | null {
  if (first === "request" && second === "headers") return stream.request.message;
  if (first !== "response") return null;
  return second === "headers" ? stream.response.message : second === "trailers" ? stream.response.messageTrailers : null;
}

function number(text: string | undefined): number | undefined { return text === undefined ? undefined : Number(text); }
