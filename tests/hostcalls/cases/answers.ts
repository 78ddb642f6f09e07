import type { Case } from "../case.ts";

const REQUEST = 0, RESPONSE = 2, RESPONSE_BODY = 1;

/** Answers that the module gives itself, and streams that end before their time. */
export const answers: Case[] = [
  {
    name: "answer-to-request", kind: "http",
    on: {
      request_headers: [["sendLocalResponse", 403, "go away", [["x-why", "rude"], ["x-why", "late"]], "my reason", 7], ["header", REQUEST, ":path"]],
      response_headers: [["headers", RESPONSE], ["setHeader", RESPONSE, "x-seen", "yes"], ["header", REQUEST, ":path"], ["property", "response/code_details"]],
      response_body: [["readBuffer", RESPONSE_BODY]],
      log: [["property", "response/code_details"], ["propertyNumber", "response/code"]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "answer-empty", kind: "http",
    on: { request_headers: [["sendLocalResponse", 204, "", [["content-type", "text/html"]], ""]], response_headers: [["headers", RESPONSE]] },
    drive: peer => peer.request(),
  },
  {
    name: "answer-to-grpc", kind: "http",
    on: { request_headers: [["sendLocalResponse", 401, "who are you", [["x-why", "1"]], ""]], response_headers: [["headers", RESPONSE]] },
    drive: peer => peer.request({ method: "POST", headers: [["content-type", "application/grpc"]], body: ["x"] }),
  },
  {
    name: "answer-to-body", kind: "http",
    on: { request_body: [["sendLocalResponse", 400, "bad body", [["content-type", "text/x"]], ""]], response_headers: [["headers", RESPONSE]] },
    drive: peer => peer.request({ method: "POST", body: ["x", ["done"]] }),
  },
  {
    name: "answer-in-place-of-response", kind: "http",
    on: { response_headers: [["header", RESPONSE, "x-kind"], ["sendLocalResponse", 502, "not that one", [["x-why", "1"]], "changed"]], log: [["header", RESPONSE, ":status"], ["property", "response/code_details"]] },
    drive: peer => peer.request(),
  },
  {
    name: "answer-after-response", kind: "http",
    on: { "response_body#1": [["sendLocalResponse", 502, "too late", [], ""]] },
    drive: peer => peer.request(),
  },
  {
    name: "answer-later", kind: "http",
    on: {
      request_headers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/"], [":authority", "x"]], 1000]],
      http_call_response: [["sendLocalResponse", 429, "later", [], ""]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "answer-later-twice", kind: "http",
    on: {
      request_headers: [["pause"], ["httpCall", "web", [[":method", "GET"], [":path", "/"], [":authority", "x"]], 1000]],
      http_call_response: [["sendLocalResponse", 429, "first", [], ""], ["sendLocalResponse", 430, "second", [["x-why", "2"]], ""]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "answer-twice", kind: "http",
    on: { request_headers: [["sendLocalResponse", 401, "one", [], ""], ["sendLocalResponse", 402, "two", [], ""]] },
    drive: peer => peer.request(),
  },
  {
    name: "close-request", kind: "http",
    on: { request_headers: [["resetHttpStream"], ["pause"]] },
    drive: peer => peer.request(),
  },
  {
    name: "close-response", kind: "http",
    on: { response_headers: [["raw.close_stream", 1], ["pause"], ["raw.close_stream", 4], ["raw.close_stream", 2], ["raw.continue_stream", 2], ["raw.continue_stream", 3], ["raw.continue_stream", 9]] },
    drive: peer => peer.request(),
  },
  {
    name: "client-leaves", kind: "http",
    on: { log: [["header", REQUEST, ":path"], ["header", RESPONSE, ":status"], ["property", "response/code_details"]] },
    drive: async peer => {
      await peer.request({ path: "/silent", leaveAfter: ["request_headers"] });
      await peer.lines("delete");
    },
  },
  {
    name: "trap-in-request", kind: "http", ownVm: true,
    on: { request_headers: [["trap"]] },
    drive: async peer => [await peer.request(), await peer.request()],
  },
];
