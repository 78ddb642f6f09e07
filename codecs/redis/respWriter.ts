import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Arguments } from "./arguments";
import { Type } from "./constants";

/** The line that begins an array or a string. */
export function writeCount(out: Writer, type: i32, count: i32): void {
  out.u8(type);
  let unit = 1;
  while (count / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) out.u8(0x30 + count / unit % 10);
  out.u16(0x0d0a);
}

export function writeBulk(out: Writer, at: usize, length: i32): void {
  writeCount(out, Type.BULK, length);
  out.bytes(at, length);
  out.u16(0x0d0a);
}

/** Arguments of a request, from one index to another, as strings. */
export function writeArguments(out: Writer, r: Reader, args: Arguments, from: i32, to: i32): void {
  for (let i = from; i < to; i++) writeBulk(out, r.base + args.at(i), args.lengthOf(i));
}
