/**
 * Where a request stands in its trace, in the words of W3C Trace Context (w3.org/TR/trace-context) and of B3
 * (github.com/openzipkin/b3-propagation).
 */
import { Writer } from "../../bytes/writer";

export enum Sampled { Unknown = -1, No = 0, Yes = 1 }

@final
export class TraceContext {
  /** The trace's 16 bytes as two numbers, big endian; both 0: there is no trace yet. */
  high: u64 = 0;
  low: u64 = 0;
  /** The caller's span; 0: none. */
  span: u64 = 0;
  sampled: Sampled = Sampled.Unknown;
  /** Bit 1 of traceparent's flags: the trace's id is random. */
  random: bool = false;

  reset(): void {
    this.high = 0;
    this.low = 0;
    this.span = 0;
    this.sampled = Sampled.Unknown;
    this.random = false;
  }

  get exists(): bool { return (this.high | this.low) != 0 && this.span != 0; }
}

const DASH: u8 = 0x2d;
const TRACEPARENT: i32 = 55;

/** A traceparent; false, and the context as it was, if it is none. Later versions may be longer. */
export function readTraceparent(at: usize, length: i32, context: TraceContext): bool {
  if (length < TRACEPARENT || load<u8>(at, 2) != DASH || load<u8>(at, 35) != DASH || load<u8>(at, 52) != DASH) return false;
  if (!isHex(at, 2) || !isHex(at + 3, 32) || !isHex(at + 36, 16) || !isHex(at + 53, 2)) return false;
  const version = hex(at, 2);
  if (version == 0xff || (version == 0 && length != TRACEPARENT) || (length > TRACEPARENT && load<u8>(at, 55) != DASH)) return false;
  const high = hex(at + 3, 16), low = hex(at + 19, 16), span = hex(at + 36, 16), flags = hex(at + 53, 2);
  if ((high | low) == 0 || span == 0) return false;
  context.high = high;
  context.low = low;
  context.span = span;
  context.sampled = flags & 1 ? Sampled.Yes : Sampled.No;
  context.random = (flags & 2) != 0;
  return true;
}

/** `b3`: {trace}-{span}[-{sampled}[-{parent}]], or the decision alone; false if it is neither. */
export function readB3(at: usize, length: i32, context: TraceContext): bool {
  if (length == 1) return decided(load<u8>(at), context);
  const trace = length > 16 && load<u8>(at, 16) == DASH ? 16 : 32;
  if (length < trace + 17 || load<u8>(at + trace) != DASH || !readIds(at, trace, at + trace + 1, 16, context)) return false;
  const rest = length - trace - 17;
  if (rest == 0) return true;
  const more = at + trace + 17;
  if (rest >= 2 && load<u8>(more) == DASH && (rest == 2 || (rest == 19 && load<u8>(more, 2) == DASH && isHex(more + 3, 16))) && decided(load<u8>(more, 1), context)) return true;
  context.reset();
  return false;
}

/** Ids of `x-b3-traceid` and `x-b3-spanid`; false if they are none. */
export function readIds(traceAt: usize, trace: i32, spanAt: usize, span: i32, context: TraceContext): bool {
  if ((trace != 16 && trace != 32) || span != 16 || !isHex(traceAt, trace) || !isHex(spanAt, span)) return false;
  const high = trace == 32 ? hex(traceAt, 16) : 0, low = hex(traceAt + trace - 16, 16), own = hex(spanAt, 16);
  if ((high | low) == 0 || own == 0) return false;
  context.high = high;
  context.low = low;
  context.span = own;
  return true;
}

/** `x-b3-sampled`: 1 and 0, and of old true and false. */
export function readDecision(at: usize, length: i32, context: TraceContext): bool {
  if (length == 1) return decided(load<u8>(at), context);
  if (length == 4 && load<u32>(at) == 0x65757274) context.sampled = Sampled.Yes;
  else if (length == 5 && load<u32>(at) == 0x736c6166 && load<u8>(at, 4) == 0x65) context.sampled = Sampled.No;
  else return false;
  return true;
}

function decided(byte: u8, context: TraceContext): bool {
  // `d`, debug, is a decision for it, too.
  if (byte != 0x30 && byte != 0x31 && byte != 0x64) return false;
  context.sampled = byte == 0x30 ? Sampled.No : Sampled.Yes;
  return true;
}

/** Writes 00-{trace}-{span}-{flags}. */
export function writeTraceparent(out: Writer, high: u64, low: u64, span: u64, sampled: bool, random: bool): void {
  out.u24(0x30302d);
  writeHex(out, high);
  writeHex(out, low);
  out.u8(DASH);
  writeHex(out, span);
  out.u24(0x2d3030 + (sampled ? 1 : 0) + (random ? 2 : 0));
}

/** Writes {trace}-{span}-{sampled}. */
export function writeB3(out: Writer, high: u64, low: u64, span: u64, sampled: bool): void {
  writeHex(out, high);
  writeHex(out, low);
  out.u8(DASH);
  writeHex(out, span);
  out.u16(sampled ? 0x2d31 : 0x2d30);
}

/** 16 lower case digits. */
export function writeHex(out: Writer, value: u64): void {
  const at = out.reserve(16);
  for (let i = 0; i < 16; i++) {
    const digit = <i32>(value >> (60 - i * 4)) & 15;
    store<u8>(at + i, <u8>(digit < 10 ? 0x30 + digit : 0x57 + digit));
  }
}

function isHex(at: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    const byte = <i32>load<u8>(at + i);
    if (!(byte >= 0x30 && byte <= 0x39) && !(byte >= 0x61 && byte <= 0x66)) return false;
  }
  return true;
}

/** The number that up to 16 digits are. */
function hex(at: usize, length: i32): u64 {
  let value: u64 = 0;
  for (let i = 0; i < length; i++) {
    const byte = <u64>load<u8>(at + i);
    value = value << 4 | (byte < 0x3a ? byte - 0x30 : byte - 0x57);
  }
  return value;
}
