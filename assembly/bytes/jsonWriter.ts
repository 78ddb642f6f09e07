import { utf8Length } from "./utf8";
import { Writer } from "./writer";

/**
 * Writes one line of JSON in UTF-8. The caller keeps the order (name before value in objects, each begin ended);
 * commas, quotes and escapes are kept here.
 */
@final
export class JsonWriter {
  private comma: bool = false;

  constructor(public out: Writer) {}

  beginObject(): void { this.open(0x7b); }
  endObject(): void { this.close(0x7d); }
  beginArray(): void { this.open(0x5b); }
  endArray(): void { this.close(0x5d); }

  /** Name of the member whose value comes next. */
  name(name: string): void {
    this.text(name);
    this.out.u8(0x3a);
    this.comma = false;
  }

  text(value: string): void {
    this.separate();
    writeJsonString(this.out, value);
  }

  /** Bytes that should be UTF-8; what is not becomes U+FFFD, byte by byte. */
  bytes(at: usize, length: i32): void {
    this.separate();
    writeJsonBytes(this.out, at, length);
  }

  int(value: i64): void {
    this.separate();
    this.out.text(value.toString());
  }

  /** All 64 bits, unsigned. */
  uint(value: u64): void {
    this.separate();
    this.out.text(value.toString());
  }

  /** A number that JSON cannot write (infinite, not a number) becomes null. */
  float(value: f64): void {
    if (!isFinite(value)) return this.null();
    const text = value.toString();
    this.separate();
    this.out.text(text.endsWith(".0") ? text.slice(0, -2) : text);
  }

  bool(value: bool): void {
    this.separate();
    this.out.text(value ? "true" : "false");
  }

  null(): void {
    this.separate();
    this.out.text("null");
  }

  private open(bracket: i32): void {
    this.separate();
    this.out.u8(bracket);
    this.comma = false;
  }

  private close(bracket: i32): void {
    this.out.u8(bracket);
    this.comma = true;
  }

  private separate(): void {
    if (this.comma) this.out.u8(0x2c);
    this.comma = true;
  }
}

/** A text as a JSON string, quotes included. */
export function writeJsonString(out: Writer, value: string): void {
  const n = String.UTF8.byteLength(value);
  const bytes = heap.alloc(n);
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, bytes);
  writeJsonBytes(out, bytes, n);
  heap.free(bytes);
}

/** UTF-8 bytes as a JSON string, quotes included; a byte that is not UTF-8 becomes U+FFFD. */
export function writeJsonBytes(out: Writer, at: usize, length: i32): void {
  out.u8(0x22);
  let i = 0;
  while (i < length) {
    const n = utf8Length(at + i, length - i);
    if (n > 1) out.bytes(at + i, n);
    else if (n == 1) escape(out, <i32>load<u8>(at + i));
    else out.u24(0xefbfbd);
    i += max(n, 1);
  }
  out.u8(0x22);
}

function escape(out: Writer, byte: i32): void {
  if (byte == 0x22 || byte == 0x5c) out.u16(0x5c00 | byte);
  else if (byte >= 0x20 && byte != 0x7f) out.u8(byte);
  else if (byte == 0x0a) out.u16(0x5c6e);
  else if (byte == 0x0d) out.u16(0x5c72);
  else if (byte == 0x09) out.u16(0x5c74);
  else {
    out.u32(0x5c753030);
    out.u8(0x30 + (byte >> 4));
    out.u8((byte & 15) + ((byte & 15) < 10 ? 0x30 : 0x57));
  }
}
