import type { Case } from "../case.ts";

const REQUEST = 0, REQUEST_TRAILERS = 1, RESPONSE = 2, RESPONSE_TRAILERS = 3;

/** Header maps: reading, changing, and when they are there. */
export const headers: Case[] = [
  {
    name: "http-headers", kind: "http",
    on: {
      request_headers: [
        ["headers", REQUEST], ["header", REQUEST, ":path"], ["header", REQUEST, "X-Sent"], ["header", REQUEST, "x-none"], ["headerMapSize", REQUEST],
        ["addHeader", REQUEST, "x-sent", "two"], ["header", REQUEST, "x-sent"], ["setHeader", REQUEST, "x-sent", "three"], ["headers", REQUEST],
        ["removeHeader", REQUEST, "x-gone"], ["removeHeader", REQUEST, "x-none"], ["setHeaderBytes", REQUEST, "x-bytes", "hex:6162"],
        ["addHeader", REQUEST, ":path", "/more"], ["header", REQUEST, ":path"], ["setHeader", REQUEST, ":path", "/twice"],
        ["header", RESPONSE, ":status"], ["headers", RESPONSE], ["headerMapSize", RESPONSE], ["addHeader", RESPONSE, "a", "b"],
        ["header", REQUEST_TRAILERS, "a"], ["addHeader", REQUEST_TRAILERS, "a", "b"], ["header", 8, "a"], ["headers", 9], ["addHeader", 8, "a", "b"], ["headerMapSize", 8],
        ["setHeaders", 8, []], ["removeHeader", 8, "a"], ["raw.header_outside", REQUEST], ["header", 6, "a"], ["headers", 7], ["header", 4, "a"], ["headerMapSize", 6],
      ],
      response_headers: [
        ["headers", RESPONSE], ["header", RESPONSE, "x-twice"], ["header", RESPONSE, "cache-control"], ["header", REQUEST, ":path"], ["setHeader", REQUEST, "a", "b"],
        ["setHeader", RESPONSE, ":status", "201"], ["addHeader", RESPONSE, "x-new", "1"],
      ],
      response_body: [["header", RESPONSE, "x-twice"], ["headers", RESPONSE]],
      log: [["header", REQUEST, ":path"], ["header", RESPONSE, ":status"], ["header", REQUEST_TRAILERS, "a"], ["header", RESPONSE_TRAILERS, "a"], ["setHeader", REQUEST, "a", "b"], ["header", RESPONSE, "x-new"]],
      done: [["header", REQUEST, ":path"]], delete: [["header", REQUEST, ":path"]],
    },
    drive: peer => peer.request({ headers: [["x-sent", "one"], ["x-gone", "1"]] }),
  },
  {
    name: "http-set-all", kind: "http",
    on: { request_headers: [["setHeaders", REQUEST, [[":method", "POST"], [":path", "/new"], [":authority", "other"], [":scheme", "http"], ["x-only", "1"], ["x-only", "2"]]], ["headers", REQUEST]] },
    drive: peer => peer.request(),
  },
];
