import { Writer } from "../../assembly/bytes/writer";
import { codeNumber, Failure, Reason } from "../../assembly/codec/index";
import { HESSIAN2, Result, RpcCode, Status } from "./constants";
import { beginFrame, endFrame } from "./framing";
import { writeNull, writeSmallInt, writeText } from "./hessianWriter";

/** A class for clients since 2.7, and the one of older clients (2.5, 2.6). */
export const RPC_EXCEPTION: string = "org.apache.dubbo.rpc.RpcException";
export const RPC_EXCEPTION_LEGACY: string = "com.alibaba.dubbo.rpc.RpcException";

/** Status of the answer that stands for an error; for those of `exceptionCode` only where no exception can be written. */
export function statusOf(failure: Failure): i32 {
  switch (failure.reason) {
    case Reason.RouteNotFound: case Reason.ClusterNotFound: return Status.SERVICE_NOT_FOUND;
    case Reason.Timeout: return Status.SERVER_TIMEOUT;
    case Reason.Overflow: case Reason.RateLimited: return Status.THREADPOOL_EXHAUSTED;
    case Reason.BadRequest: return Status.BAD_REQUEST;
    case Reason.FaultAbort: return failure.code && failure.code < EXCEPTION ? failure.code : Status.SERVER_ERROR;
    default: return Status.SERVICE_ERROR;
  }
}

/**
 * Code of the RpcException that tells a client of a refusal, -1 for errors that are a status. Java's Failover sends a request
 * again after any status but 20, and not after an exception in the result (FailoverClusterInvoker.doInvoke).
 */
export function exceptionCode(failure: Failure): i32 {
  const reason = failure.reason;
  if (reason == Reason.Denied) return RpcCode.FORBIDDEN;
  if (reason == Reason.RateLimited) return RpcCode.LIMIT_EXCEEDED;
  return reason == Reason.FaultAbort && failure.code >= EXCEPTION ? failure.code - EXCEPTION : -1;
}

/** An answer with an error status: its body is the text. */
export function writeStatus(out: Writer, id: u64, status: i32, text: string): void {
  const start = beginFrame(out, HESSIAN2, status, id);
  writeText(out, text);
  endFrame(out, start);
}

/**
 * An answer with an exception as its result. Java needs the fields that it sets by name; dubbo-go takes a class for an
 * exception only if it has all four of Throwable (java_unknown_exception.go).
 */
export function writeException(out: Writer, id: u64, className: string, code: i32, text: string): void {
  const start = beginFrame(out, HESSIAN2, Status.OK, id);
  writeSmallInt(out, Result.EXCEPTION);
  out.u8(0x43); // class definition
  writeText(out, className);
  writeSmallInt(out, 5);
  writeText(out, "code");
  writeText(out, "detailMessage");
  writeText(out, "cause");
  writeText(out, "stackTrace");
  writeText(out, "suppressedExceptions");
  out.u8(0x60); // object of class 0
  writeSmallInt(out, code);
  writeText(out, text);
  writeNull(out);
  out.u8(0x70); // typed list of no elements
  writeText(out, "[java.lang.StackTraceElement");
  writeNull(out);
  endFrame(out, start);
}

/** Numbers from here on are those of exceptions, `EXCEPTION` more than the code of an RpcException. */
const EXCEPTION: i32 = 256;

/** `RpcException` (code 0), `RpcException:FORBIDDEN`: the names in RpcException.java, or a status; -1: neither. */
export function parseCode(text: string): i32 {
  const parts = text.trim().split(":");
  if (parts[0] != "RpcException") return parseStatus(text);
  if (parts.length == 1) return EXCEPTION;
  const code = RPC_CODES.indexOf(parts[1].toUpperCase().replace("_EXCEPTION", ""));
  return parts.length == 2 && code >= 0 ? EXCEPTION + code : -1;
}

/** The status of a number or of its name in Response.java, -1 if there is none that reports an error. */
function parseStatus(text: string): i32 {
  const name = text.trim().toUpperCase();
  for (let i = 0; i < NAMES.length; i++) if (NAMES[i] == name) return NUMBERS[i];
  const number = codeNumber(name);
  return number >= 1 && number <= 127 && number != Status.OK ? number : -1;
}

/** By code: the names of RpcException.java. */
const RPC_CODES: StaticArray<string> = [
  "UNKNOWN", "NETWORK", "TIMEOUT", "BIZ", "FORBIDDEN", "SERIALIZATION", "NO_INVOKER_AVAILABLE_AFTER_FILTER", "LIMIT_EXCEEDED", "TIMEOUT_TERMINATE",
];
const NAMES: StaticArray<string> = [
  "SERIALIZATION_ERROR", "CLIENT_TIMEOUT", "SERVER_TIMEOUT", "CHANNEL_INACTIVE", "BAD_REQUEST", "BAD_RESPONSE",
  "SERVICE_NOT_FOUND", "SERVICE_ERROR", "SERVER_ERROR", "CLIENT_ERROR", "SERVER_THREADPOOL_EXHAUSTED_ERROR",
];
const NUMBERS: StaticArray<i32> = [
  Status.SERIALIZATION_ERROR, Status.CLIENT_TIMEOUT, Status.SERVER_TIMEOUT, Status.CHANNEL_INACTIVE,
  Status.BAD_REQUEST, Status.BAD_RESPONSE, Status.SERVICE_NOT_FOUND, Status.SERVICE_ERROR, Status.SERVER_ERROR,
  Status.CLIENT_ERROR, Status.THREADPOOL_EXHAUSTED,
];
