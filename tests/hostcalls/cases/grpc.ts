import type { Case } from "../case.ts";

const MESSAGE = 5, INITIAL = 4, TRAILING = 5;
const SERVICE = "parity.Service";

/** gRPC calls and streams. */
export const grpc: Case[] = [
  {
    name: "grpc-call", kind: "http",
    on: {
      request_headers: [["pause"], ["grpcCall", "grpc", SERVICE, "Echo", "hello", 1000, [["x-meta", "m"]]], ["openCalls"]],
      grpc_message: [["readBuffer", MESSAGE], ["callStatus"], ["openCalls"], ["headers", INITIAL], ["headers", TRAILING], ["continueRequest"], ["replaceBuffer", MESSAGE, "x"]],
      response_headers: [["readBuffer", MESSAGE]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-call-fails", kind: "http",
    on: { request_headers: [["pause"], ["grpcCall", "grpc", SERVICE, "Fail", "hello", 1000, []]], grpc_close: [["callStatus"], ["openCalls"], ["continueRequest"]], response_headers: [["callStatus"]] },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-call-dead-server", kind: "http",
    on: { request_headers: [["pause"], ["grpcCall", "refusedgrpc", SERVICE, "Echo", "hello", 1000, []]], grpc_close: [["openCalls"], ["continueRequest"]] },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-call-cancelled", kind: "http",
    on: { request_headers: [["grpcCall", "grpc", SERVICE, "Never", "hello", 1000, []], ["grpcCancelCall"], ["openCalls"], ["grpcCancelCall"]] },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-stream", kind: "http",
    on: {
      request_headers: [["pause"], ["grpcStream", "grpc", SERVICE, "Many", [["x-meta", "m"]]], ["grpcSend", "one", false], ["grpcSend", "end", true]],
      grpc_initial_metadata: [["header", INITIAL, "x-initial"], ["headers", TRAILING], ["headerMapSize", INITIAL], ["addHeader", INITIAL, "a", "b"]],
      grpc_message: [["readBuffer", MESSAGE], ["bufferSize", MESSAGE]],
      grpc_trailing_metadata: [["header", TRAILING, "x-trailing"], ["headers", INITIAL]],
      grpc_close: [["callStatus"], ["grpcSend", "late", false], ["openCalls"], ["continueRequest"]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-stream-closed", kind: "http",
    on: {
      request_headers: [["pause"], ["grpcStream", "grpc", SERVICE, "Fail", []], ["grpcSend", "one", false], ["grpcClose"], ["grpcSend", "late", false]],
      grpc_close: [["callStatus"], ["grpcClose"], ["grpcSend", "later", false], ["continueRequest"]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-stream-cancelled", kind: "http",
    on: { request_headers: [["grpcStream", "grpc", SERVICE, "Never", []], ["grpcSend", "one", false], ["grpcCancel"], ["grpcSend", "late", false], ["grpcClose"], ["openCalls"]] },
    drive: peer => peer.request(),
  },
  {
    name: "grpc-refused", kind: "http", ownVm: true,
    on: {
      request_headers: [
        ["raw.grpc_stream", "nobody", SERVICE, "Echo"], ["grpcStream", "nobody", SERVICE, "Echo", []], ["grpcCall", "nobody", SERVICE, "Echo", "x", 1000, []], ["raw.grpc_call", "nobody", SERVICE, "Echo"], ["openCalls"],
        ["raw.grpc_send", 6], ["raw.grpc_send", 5], ["raw.grpc_send", 4], ["raw.grpc_close", 4], ["raw.grpc_close", 5], ["raw.grpc_close", 6], ["raw.grpc_close", 7], ["raw.grpc_cancel", 4], ["raw.grpc_cancel", 5], ["raw.grpc_cancel", 6], ["raw.grpc_cancel", 7],
      ],
    },
    drive: peer => peer.request({ path: "/empty" }),
  },
  {
    name: "grpc-numbers", kind: "http", ownVm: true,
    on: { request_headers: [["grpcCall", "grpc", SERVICE, "Never", "x", 1000, []], ["grpcStream", "grpc", SERVICE, "Never", []], ["grpcIds"], ["grpcCancelCall"], ["grpcCancel"], ["raw.grpc_stream", "grpc", SERVICE, "Never"], ["raw.grpc_cancel", 10]] },
    drive: peer => peer.request({ path: "/empty" }),
  },
];
