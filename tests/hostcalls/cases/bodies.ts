import type { Case } from "../case.ts";

const REQUEST = 0, REQUEST_TRAILERS = 1, RESPONSE = 2, RESPONSE_TRAILERS = 3;
const REQUEST_BODY = 0, RESPONSE_BODY = 1;

/** Bodies and trailers: holding, changing, going on. */
export const bodies: Case[] = [
  {
    name: "body-held-in-pieces", kind: "http",
    on: {
      "request_body#1": [["readBuffer", REQUEST_BODY], ["pause"]],
      "request_body#2": [["readBuffer", REQUEST_BODY], ["bufferSize", REQUEST_BODY], ["pause"]],
      "request_body#3": [["readBuffer", REQUEST_BODY], ["replaceBuffer", REQUEST_BODY, "all new"]],
      response_headers: [["removeHeader", RESPONSE, "content-length"], ["readBuffer", RESPONSE_BODY], ["replaceBuffer", RESPONSE_BODY, "x"]],
      "response_body#1": [
        ["readRange", RESPONSE_BODY, 0, 3], ["replacePrefix", RESPONSE_BODY, 3, "have"], ["appendBuffer", RESPONSE_BODY, "!"], ["prependBuffer", RESPONSE_BODY, "we "],
        ["raw.set_buffer_bytes", RESPONSE_BODY, 1, 1, "x"], ["readBuffer", REQUEST_BODY], ["readRange", RESPONSE_BODY, 99, 1],
      ],
    },
    drive: peer => peer.request({ method: "POST", body: ["one", ["request_body 3"], "two", ["request_body 6"]] }),
  },
  {
    name: "body-passes-in-pieces", kind: "http",
    on: { request_body: [["readBuffer", REQUEST_BODY]] },
    drive: peer => peer.request({ method: "POST", body: ["one", ["request_body 3"], "two", ["request_body 3", "request_body 3"]] }),
  },
  {
    name: "body-held-by-headers", kind: "http",
    on: {
      request_headers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/slow"], [":authority", "x"]], 1000]],
      http_call_response: [["header", REQUEST, ":path"], ["setHeader", REQUEST, "x-sent", "late"], ["readBuffer", REQUEST_BODY], ["continueRequest"], ["header", REQUEST, ":path"]],
      "request_body#1": [["readBuffer", REQUEST_BODY], ["header", REQUEST, ":path"]],
    },
    drive: peer => peer.request({ method: "POST", body: ["one", "two"] }),
  },
  {
    name: "body-held-then-continued", kind: "http",
    on: {
      request_body: [["pause"]],
      "request_body#2": [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/slow"], [":authority", "x"]], 1000]],
      http_call_response: [["readBuffer", REQUEST_BODY], ["appendBuffer", REQUEST_BODY, " and more"], ["continueRequest"]],
    },
    drive: peer => peer.request({ method: "POST", body: ["held", ["request_body 4"]] }),
  },
  {
    name: "response-held", kind: "http",
    on: {
      response_headers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/empty"], [":authority", "x"]], 1000]],
      http_call_response: [["header", RESPONSE, "x-kind"], ["removeHeader", RESPONSE, "content-length"], ["addHeader", RESPONSE, "x-call", "done"], ["continueResponse"], ["header", RESPONSE, "x-call"]],
      response_body: [["header", RESPONSE, "x-call"], ["readBuffer", RESPONSE_BODY], ["appendBuffer", RESPONSE_BODY, " held"]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "trailers", kind: "http",
    on: {
      request_body: [["pause"]],
      request_trailers: [["headers", REQUEST_TRAILERS], ["setHeader", REQUEST_TRAILERS, "x-end", "2"], ["addHeader", REQUEST_TRAILERS, "x-more", "3"], ["readBuffer", REQUEST_BODY], ["headerMapSize", REQUEST_TRAILERS]],
      response_trailers: [["headers", RESPONSE_TRAILERS], ["removeHeader", RESPONSE_TRAILERS, "x-last"], ["addHeader", RESPONSE_TRAILERS, "x-other", "4"], ["headers", RESPONSE]],
      log: [["header", RESPONSE_TRAILERS, "x-other"], ["header", REQUEST_TRAILERS, "x-end"]],
    },
    drive: peer => peer.request({ method: "POST", path: "/trailers", headers: [["te", "trailers"]], body: ["body", ["request_body 4"]], trailers: [["x-end", "1"]] }),
  },
  {
    name: "trailers-held", kind: "http",
    on: {
      request_trailers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/empty"], [":authority", "x"]], 1000]],
      http_call_response: [["headers", REQUEST_TRAILERS], ["continueRequest"]],
      response_trailers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/empty"], [":authority", "x"]], 1000]],
      "http_call_response#2": [["headers", RESPONSE_TRAILERS], ["continueResponse"]],
    },
    drive: async peer => {
      const answer = await peer.request({ method: "POST", path: "/silent", body: ["body", ["request_body 4"]], trailers: [["x-end", "1"]], leaveAfter: ["http_call_response"] });
      return answer.status;
    },
  },
  {
    name: "trailers-added", kind: "http",
    on: {
      request_headers: [["addHeader", REQUEST_TRAILERS, "x-early", "1"]],
      "request_body#2": [["addHeader", REQUEST_TRAILERS, "x-added", "1"], ["header", REQUEST_TRAILERS, "x-added"]],
      "request_body#1": [["addHeader", REQUEST_TRAILERS, "x-early", "1"]],
    },
    drive: peer => peer.request({ method: "POST", body: ["body", ["request_body 4"]] }),
  },
  {
    name: "continued-at-once", kind: "http",
    on: { request_headers: [["pause"], ["continueRequest"]] },
    drive: peer => peer.request({ path: "/empty" }),
  },
  {
    name: "body-continued-at-once", kind: "http",
    on: { request_body: [["pause"], ["continueRequest"]] },
    drive: peer => peer.request({ method: "POST", body: ["one", ["request_body 3"], "two"] }),
  },
  {
    name: "body-stuck", kind: "http",
    on: { request_headers: [["pause"], ["continueRequest"]] },
    drive: async peer => {
      await peer.request({ method: "POST", body: ["one"], leaveAfter: ["continueRequest"] });
      await peer.lines("delete");
    },
  },
];
