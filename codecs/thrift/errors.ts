import { Writer } from "../../assembly/bytes/writer";
import { codeNumber, Failure, Reason } from "../../assembly/codec/index";
import { Code } from "./constants";

/** Type of the TApplicationException that stands for an error. */
export function codeOf(failure: Failure): i32 {
  switch (failure.reason) {
    case Reason.RouteNotFound: case Reason.ClusterNotFound: return Code.UNKNOWN_METHOD;
    case Reason.BadRequest: return Code.PROTOCOL_ERROR;
    case Reason.FaultAbort: return failure.code >= 0 ? failure.code : Code.INTERNAL_ERROR;
    default: return Code.INTERNAL_ERROR;
  }
}

/** The type of a number or of its name in TApplicationException, -1 if there is none. */
export function parseCode(text: string): i32 {
  const name = text.trim().toUpperCase();
  const known = NAMES.indexOf(name);
  return known >= 0 ? known : codeNumber(name);
}

/** The struct of a TApplicationException: 1: string message, 2: i32 type. */
export function writeException(out: Writer, compact: bool, text: string, code: i32): void {
  if (compact) {
    out.u8(0x18);
    writeVarint(out, <u64>String.UTF8.byteLength(text));
    out.text(text);
    out.u8(0x15);
    writeVarint(out, <u64><u32>((code << 1) ^ (code >> 31)));
  } else {
    out.u8(0x0b);
    out.u16(1);
    out.u32(<u32>String.UTF8.byteLength(text));
    out.text(text);
    out.u8(0x08);
    out.u16(2);
    out.u32(<u32>code);
  }
  out.u8(0);
}

/** A number in 7-bit groups, lowest first. */
export function writeVarint(out: Writer, value: u64): void {
  let rest = value;
  while (rest >= 0x80) {
    out.u8(<i32>(rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  out.u8(<i32>rest);
}

const NAMES: Array<string> = [
  "UNKNOWN", "UNKNOWN_METHOD", "INVALID_MESSAGE_TYPE", "WRONG_METHOD_NAME", "BAD_SEQUENCE_ID", "MISSING_RESULT", "INTERNAL_ERROR",
  "PROTOCOL_ERROR", "INVALID_TRANSFORM", "INVALID_PROTOCOL", "UNSUPPORTED_CLIENT_TYPE",
];
