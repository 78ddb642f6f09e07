import type { Case, Pairs, Step } from "../case.ts";

const BODY = 4, ANSWER = 6, ANSWER_TRAILERS = 7;
const call = (cluster: string, path: string, timeout: number, ...rest: (string | Pairs)[]): Step =>
  ["httpCall", cluster, [[":method", "GET"], [":path", path], [":authority", "x"]], timeout, ...rest];

/** HTTP calls of the module's own. */
export const calls: Case[] = [
  {
    name: "call", kind: "http",
    on: {
      request_headers: [["pause"], ["callStatus"], call("web", "/trailers", 1000, "sent", [["x-end", "1"]]), ["openCalls"]],
      http_call_response: [
        ["header", ANSWER, ":status"], ["header", ANSWER, "x-kind"], ["readBuffer", BODY], ["bufferSize", BODY], ["headers", ANSWER_TRAILERS], ["callStatus"], ["setHeader", ANSWER, "a", "b"], ["headerMapSize", ANSWER],
        ["replaceBuffer", BODY, "x"], ["continueRequest"], ["openCalls"],
      ],
      response_headers: [["header", ANSWER, ":status"], ["readBuffer", BODY], ["headers", ANSWER_TRAILERS]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "call-refused", kind: "http",
    on: {
      request_headers: [
        call("nobody", "/", 1000), ["httpCall", "web", [[":method", "GET"], [":path", "/"]], 1000], ["httpCall", "web", [], 1000], call("web", "/", -1), ["raw.http_call", "web", [[":method", "GET"]], 1000], ["openCalls"], ["callStatus"],
      ],
    },
    drive: peer => peer.request(),
  },
  {
    name: "call-to-dead-server", kind: "http",
    on: { request_headers: [["pause"], call("refused", "/", 1000)], http_call_response: [["header", ANSWER, ":status"], ["readBuffer", BODY], ["callStatus"], ["continueRequest"]] },
    drive: peer => peer.request(),
  },
  {
    name: "call-timeout", kind: "http",
    on: { request_headers: [["pause"], call("web", "/silent", 50)], http_call_response: [["header", ANSWER, ":status"], ["readBuffer", BODY], ["callStatus"], ["continueRequest"]] },
    drive: peer => peer.request(),
  },
  {
    name: "call-numbers", kind: "http", ownVm: true,
    on: { request_headers: [["raw.http_call", "web", [[":method", "GET"], [":path", "/"], [":authority", "x"]], 1000], ["raw.http_call", "web", [[":method", "GET"], [":path", "/"], [":authority", "x"]], 1000]] },
    drive: peer => peer.request({ path: "/empty" }),
  },
  {
    name: "call-after-stream", kind: "http",
    on: { request_headers: [["pause"], call("web", "/silent", 300)], http_call_abandoned: [["readBuffer", BODY], ["header", ANSWER, ":status"], ["openCalls"]] },
    drive: async peer => {
      await peer.request({ leaveAfter: ["request_headers"] });
      await peer.pass(500);
      await peer.lines("delete", "http_call_abandoned");
    },
  },
  {
    name: "call-from-tick", kind: "network",
    on: { new_connection: [["setTickPeriod", 10]], tick: [["setTickPeriod", 0], call("web", "/empty", 1000)], http_call_response: [["header", ANSWER, "x-kind"]] },
    drive: async peer => {
      const client = await peer.connect();
      await peer.pass(20);
      await peer.lines("tick", "http_call_response");
      await client.destroy();
      await peer.lines("delete");
    },
  },
];
