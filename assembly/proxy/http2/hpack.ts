/**
 * HPACK (RFC 7541) as far as a lane needs it, both ways without a dynamic table: requests refer to the static table
 * only, and SETTINGS_HEADER_TABLE_SIZE 0 keeps the server from having one.
 */
import { Reader } from "../../bytes/reader";
import { Writer } from "../../bytes/writer";
import { STATIC_ENTRIES, staticName, staticValue } from "./hpackStatic";
import { huffmanDecode } from "./huffman";

const INDEXED = 0x80;
const LITERAL_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const LITERAL = 0x00;
const HUFFMAN = 0x80;

/** Writes a header field; the name must be in lower case. */
export function writeHeader(out: Writer, name: string, value: string): void {
  for (let i = 1; i <= STATIC_ENTRIES; i++) {
    if (staticValue(i) == value && staticName(i) == name && value.length) return writeInteger(out, INDEXED, 7, i);
  }
  writeName(out, name);
  writeInteger(out, 0, 7, String.UTF8.byteLength(value));
  out.text(value);
}

/** Writes a header field with a value of bytes. */
export function writeHeaderBytes(out: Writer, name: string, at: usize, length: i32): void {
  writeName(out, name);
  writeInteger(out, 0, 7, length);
  out.bytes(at, length);
}

/** Literal without indexing (section 6.2.2), its name from the static table if it is there. */
function writeName(out: Writer, name: string): void {
  for (let i = 1; i <= STATIC_ENTRIES; i++) if (staticName(i) == name) return writeInteger(out, LITERAL, 4, i);
  out.u8(LITERAL);
  writeInteger(out, 0, 7, String.UTF8.byteLength(name));
  out.text(name);
}

/** An integer with a prefix of some bits (section 5.1), the bits above it given. */
function writeInteger(out: Writer, above: i32, bits: i32, value: i32): void {
  const full = (1 << bits) - 1;
  if (value < full) return out.u8(above | value);
  out.u8(above | full);
  value -= full;
  while (value >= 0x80) {
    out.u8(0x80 | (value & 0x7f));
    value >>= 7;
  }
  out.u8(value);
}

/** Bytes kept of a value; what is longer is cut. */
export const MAX_HEADER_VALUE: i32 = 512;

/** What the connection manager is told to add to the response headers of a lane, in the order of HeaderBlock's places. */
export const LANE_HEADERS: string[] = ["x-meltemi-upstream", "x-meltemi-flags", "x-meltemi-details"];
/** Place of the endpoint's address, `%UPSTREAM_REMOTE_ADDRESS%`. */
export const UPSTREAM: i32 = 0;
/** Place of `%RESPONSE_FLAGS%`. */
export const FLAGS: i32 = 1;
/** Place of `%RESPONSE_CODE_DETAILS%`. */
export const DETAILS: i32 = 2;

/**
 * Reads response headers and keeps the status and the values of the names it is made for. Made once and used again: a
 * decode allocates nothing. What is found holds until the next decode.
 */
@final
export class HeaderBlock {
  /** Value of :status; 0 if the block has none (trailers). */
  status: i32 = 0;
  private reader: Reader = new Reader();
  /** The names asked for, and then :status. */
  private names: string[];
  /** Place in `names` of each name of the static table, -1 for the others. */
  private places: StaticArray<i32> = new StaticArray<i32>(STATIC_ENTRIES + 1);
  private values: StaticArray<u8>;
  /** Bytes of each value, -1 if it was not there. */
  private lengths: StaticArray<i32>;
  private scratch: StaticArray<u8> = new StaticArray<u8>(64);
  private stringAt: usize = 0;
  private stringLength: i32 = 0;
  private huffman: bool = false;

  /** Takes names in lower case, of 64 letters at most. */
  constructor(names: string[] = LANE_HEADERS) {
    this.names = names.concat([":status"]);
    this.values = new StaticArray<u8>(names.length * MAX_HEADER_VALUE);
    this.lengths = new StaticArray<i32>(names.length);
    for (let i = 1; i <= STATIC_ENTRIES; i++) this.places[i] = this.names.indexOf(staticName(i));
  }

  /** Takes a whole header block; false if it is not well-formed, or needs a dynamic table. */
  decode(at: usize, length: i32): bool {
    this.reader.reset(at, length);
    this.status = 0;
    this.lengths.fill(-1);
    let fields = 0;
    while (this.reader.left > 0) {
      const first = this.reader.u8();
      if (first & INDEXED) this.indexed(this.integer(first, 7));
      else if (first & LITERAL_INDEXING) this.literal(this.integer(first, 6));
      else if (!(first & SIZE_UPDATE)) this.literal(this.integer(first, 4));
      else if (fields || this.integer(first, 5)) this.reader.fail();
      else continue;
      fields++;
    }
    return !this.reader.bad;
  }

  /** Bytes of the value of the name with this place among those asked for; -1 if it was not there. */
  length(place: i32): i32 { return this.lengths[place]; }

  /** Address of that value's first byte. */
  at(place: i32): usize { return changetype<usize>(this.values) + place * MAX_HEADER_VALUE; }

  /** That value as text, empty if it was not there. Allocates. */
  text(place: i32): string {
    return this.lengths[place] < 0 ? "" : String.UTF8.decodeUnsafe(this.at(place), this.lengths[place]);
  }

  /** True if the value is there and is this ASCII text. */
  is(place: i32, text: string): bool {
    if (this.lengths[place] != text.length) return false;
    const at = this.at(place);
    for (let i = 0; i < text.length; i++) if (<i32>load<u8>(at + i) != text.charCodeAt(i)) return false;
    return true;
  }

  /** True if the lane reached the endpoint with this address. */
  upstreamIs(address: string): bool { return this.is(UPSTREAM, address); }

  /** Section 6.1: name and value from the static table. */
  private indexed(index: i32): void {
    if (index < 1 || index > STATIC_ENTRIES) return this.reader.fail();
    const place = this.places[index];
    if (place < 0) return;
    const value = staticValue(index);
    const from = changetype<usize>(this.scratch);
    for (let i = 0; i < value.length; i++) store<u8>(from + i, <u8>value.charCodeAt(i));
    this.stringAt = from;
    this.stringLength = value.length;
    this.huffman = false;
    this.keep(place);
  }

  /** Section 6.2: name from the static table or spelled, and a value. */
  private literal(index: i32): void {
    if (index > STATIC_ENTRIES) return this.reader.fail();
    let place: i32;
    if (index) {
      place = this.places[index];
    } else {
      this.string();
      place = this.find();
    }
    this.string();
    if (place >= 0 && !this.reader.bad) this.keep(place);
  }

  /** Place of the name that was just read, -1 if nobody asked for it. */
  private find(): i32 {
    const at = changetype<usize>(this.scratch);
    const length = this.unpack(at, this.scratch.length);
    for (let i = 0; i < this.names.length; i++) {
      const name = this.names[i];
      if (name.length != length || length > this.scratch.length) continue;
      let same = 0;
      while (same < length && name.charCodeAt(same) == <i32>load<u8>(at + same)) same++;
      if (same == length) return i;
    }
    return -1;
  }

  /** Keeps the value that was just read; of several of one name the first. */
  private keep(place: i32): void {
    if (place == this.lengths.length) return this.keepStatus();
    if (this.lengths[place] >= 0) return;
    const length = this.unpack(this.at(place), MAX_HEADER_VALUE);
    this.lengths[place] = min(length, MAX_HEADER_VALUE);
  }

  /** Three digits, once (RFC 9110, section 15; RFC 9113, section 8.3.2). */
  private keepStatus(): void {
    const at = changetype<usize>(this.scratch);
    if (this.unpack(at, 3) != 3 || this.status) return this.reader.fail();
    for (let i = 0; i < 3; i++) {
      const digit = <i32>load<u8>(at + i) - 0x30;
      if (<u32>digit > 9) return this.reader.fail();
      this.status = this.status * 10 + digit;
    }
    if (this.status < 100) this.reader.fail();
  }

  /** Writes the string that was just read; returns its whole length, of which at most `room` bytes are written. */
  private unpack(to: usize, room: i32): i32 {
    if (this.huffman) {
      const length = huffmanDecode(this.stringAt, this.stringLength, to, room);
      if (length < 0) this.reader.fail();
      return length;
    }
    memory.copy(to, this.stringAt, min(this.stringLength, room));
    return this.stringLength;
  }

  /** Passes over a string (section 5.2) and remembers it. */
  private string(): void {
    const first = this.reader.u8();
    this.huffman = (first & HUFFMAN) != 0;
    this.stringLength = this.integer(first, 7);
    this.stringAt = this.reader.base + this.reader.at;
    this.reader.skip(this.stringLength);
    if (this.reader.bad) this.stringLength = 0;
  }

  /** Section 5.1, up to 28 bits: no block is longer. */
  private integer(first: i32, bits: i32): i32 {
    const full = (1 << bits) - 1;
    let value = first & full;
    if (value < full) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.reader.u8();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.reader.fail();
    return 0;
  }
}
