/**
 * Walks over values of the Hessian 2.0 serialization without building them: http://hessian.caucho.com/doc/hessian-serialization.html
 * as Dubbo speaks it (apache/dubbo-hessian-lite, Hessian2Input.java; apache/dubbo-go-hessian2).
 */
import { Reader } from "../../assembly/bytes/reader";
import { isUtf8 } from "../../assembly/bytes/utf8";
import { MAX_FIXED, SHAPES, Shape } from "./shapes";

/** What was found where a string may stand. */
export enum Text {
  /** One run of well-formed UTF-8, at `Walker.at`. */
  Plain = 0,
  /** One run, but not UTF-8: surrogate pairs of Java, overlong forms. */
  Odd = 1,
  /** A string cut into chunks. */
  Chunked = 2,
  Null = 3,
  /** A number, truth value or date, which Java's readString takes as well. */
  Scalar = 4,
}

/** Why a walk ended early. */
export enum Fault {
  None = 0,
  /** A server may understand it, this walker does not: too deep, too many classes. */
  Unreadable = 1,
  /** No server can read it. */
  Malformed = 2,
}

const MAX_DEPTH: i32 = 512;
const MAX_CLASSES: i32 = 4096;

/** Instead of a count of values that are still to come: as many as stand before the end mark. */
const LIST: i32 = -1;
const MAP_KEY: i32 = -2;
const MAP_VALUE: i32 = -3;

/** The bits that no ASCII byte has. */
const ASCII: u64 = 0x8080808080808080;

const END: i32 = 0x5a;
const NULL: i32 = 0x4e;
const CLASS: i32 = 0x43;

/**
 * One walk at a time: `begin` before each body. Any fault also fails the reader, so that loops end; a reader that is
 * bad without a fault has run out of bytes.
 */
@final
export class Walker {
  fault: Fault = Fault.None;
  /** Where the fault was met: just behind the byte that cannot be. */
  faultAt: i32 = 0;
  /** Of the last text: offset of its first byte, bytes, and UTF-16 units. */
  at: i32 = 0;
  length: i32 = 0;
  units: i32 = 0;
  private ascii: bool = false;
  /** Number of fields by class definition, in the order of their appearance in the body. */
  private classes: StaticArray<i32> = new StaticArray<i32>(MAX_CLASSES);
  private classCount: i32 = 0;
  private open: StaticArray<i32> = new StaticArray<i32>(MAX_DEPTH);
  private paired: bool = false;

  /**
   * `paired`: a surrogate without its other half is unreadable, with all that follows. dubbo-go-hessian2 takes any three bytes
   * behind a high one for the low one, Java takes each by itself.
   */
  begin(paired: bool = false): void {
    this.paired = paired;
    this.fault = Fault.None;
    this.classCount = 0;
  }

  /** True if a string begins with this byte. */
  isText(tag: i32): bool {
    if (tag < 0) return false;
    const shape = unchecked(SHAPES[tag]);
    return shape >= Shape.TEXT_SHORT && shape <= Shape.TEXT_CHUNK;
  }

  /** True if `text` can read the value that begins with this byte. */
  isSimple(tag: i32): bool {
    return tag >= 0 && (unchecked(SHAPES[tag]) <= MAX_FIXED || this.isText(tag));
  }

  /** True if the value that begins with this byte may be, or hold, the target of a later reference. */
  isContainer(tag: i32): bool { return tag >= 0 && unchecked(SHAPES[tag]) >= Shape.LIST; }

  /** Passes over one value, however deep. */
  skip(r: Reader): void {
    const open = this.open;
    let depth = 0;
    unchecked(open[0] = 1);
    while (!r.bad) {
      const left = unchecked(open[depth]);
      if (left == 0) {
        if (depth == 0) return;
        depth--;
        continue;
      }
      if (left > 0) {
        unchecked(open[depth] = left - 1);
      } else {
        if (left != MAP_VALUE && r.peek(r.at) == END) {
          r.at++;
          if (depth == 0) return;
          depth--;
          continue;
        }
        if (left != LIST) unchecked(open[depth] = left == MAP_KEY ? MAP_VALUE : MAP_KEY);
      }
      const inner = this.enter(r);
      if (inner == 0) continue;
      // What ends with this value is closed first: a chain through last fields stays flat.
      while (depth > 0 && unchecked(open[depth]) == 0) depth--;
      if (unchecked(open[depth]) != 0 && ++depth == MAX_DEPTH) {
        this.stop(r, Fault.Unreadable);
        return;
      }
      unchecked(open[depth] = inner);
    }
  }

  /** Passes over a string, null or scalar and says which; a container is malformed here. */
  text(r: Reader): Text {
    const tag = r.u8();
    if (r.bad) return Text.Null;
    const shape = unchecked(SHAPES[tag]);
    if (shape > Shape.TEXT_CHUNK || shape < Shape.TEXT_SHORT) {
      if (shape > MAX_FIXED) this.stop(r, Fault.Malformed);
      else r.skip(shape);
      return tag == NULL ? Text.Null : Text.Scalar;
    }
    this.ascii = true;
    this.units = this.unitCount(r, tag, shape);
    this.at = r.at;
    this.skipUnits(r, this.units);
    this.length = r.at - this.at;
    if (shape == Shape.TEXT_CHUNK) {
      this.chunks(r);
      return Text.Chunked;
    }
    return this.ascii || isUtf8(r.base + this.at, this.length) ? Text.Plain : Text.Odd;
  }

  /** An int in any of its forms. */
  int(r: Reader): i32 {
    const tag = r.u8();
    if (r.bad) return 0;
    if (tag >= 0x80 && tag <= 0xbf) return tag - 0x90;
    if (tag >= 0xc0 && tag <= 0xcf) return ((tag - 0xc8) << 8) + r.u8();
    if (tag >= 0xd0 && tag <= 0xd7) return ((tag - 0xd4) << 16) + r.u16();
    if (tag == 0x49) return r.i32();
    // Java and Go also take longs, doubles and truth values for an int; nobody writes them.
    this.stop(r, Fault.Unreadable);
    return 0;
  }

  /** The type of a list or map: a name, or the number of one that came before. */
  type(r: Reader): void {
    if (this.isText(r.peek(r.at))) this.text(r);
    else this.int(r);
  }

  /** Reads the beginning of a value, all of it if it holds no others; returns how many follow inside. */
  private enter(r: Reader): i32 {
    let tag = r.u8();
    while (tag == CLASS && !r.bad) {
      this.define(r);
      tag = r.u8();
    }
    if (r.bad) return 0;
    const shape = unchecked(SHAPES[tag]);
    if (shape <= MAX_FIXED) {
      r.skip(shape);
      return 0;
    }
    switch (shape) {
      case Shape.TEXT_SHORT: case Shape.TEXT_MIDDLE: case Shape.TEXT_LONG:
        this.skipUnits(r, this.unitCount(r, tag, shape));
        return 0;
      case Shape.TEXT_CHUNK:
        this.skipUnits(r, r.u16());
        this.chunks(r);
        return 0;
      case Shape.BYTES_SHORT: case Shape.BYTES_MIDDLE: case Shape.BYTES_LONG: case Shape.BYTES_CHUNK:
        this.binary(r, tag, shape);
        return 0;
      case Shape.REF:
        this.int(r);
        return 0;
      default:
        return this.container(r, tag, shape);
    }
  }

  private container(r: Reader, tag: i32, shape: u8): i32 {
    switch (shape) {
      case Shape.LIST_TYPED_OPEN:
        this.type(r);
        return LIST;
      case Shape.LIST_OPEN:
        return LIST;
      case Shape.LIST_TYPED:
        this.type(r);
        return this.count(r, this.int(r));
      case Shape.LIST:
        return this.count(r, this.int(r));
      case Shape.LIST_TYPED_SHORT:
        this.type(r);
        return this.count(r, tag & 7);
      case Shape.LIST_SHORT:
        return this.count(r, tag & 7);
      case Shape.MAP_TYPED:
        this.type(r);
        return MAP_KEY;
      case Shape.MAP:
        return MAP_KEY;
      case Shape.OBJECT:
        return this.fields(r, this.int(r));
      case Shape.OBJECT_SHORT:
        return this.fields(r, tag & 15);
      default:
        this.stop(r, Fault.Malformed);
        return 0;
    }
  }

  /** A count of values, each of one byte at least. */
  private count(r: Reader, n: i32): i32 {
    if (r.bad) return 0;
    if (n < 0) this.stop(r, Fault.Malformed);
    else if (n > r.left) r.fail();
    return n;
  }

  private fields(r: Reader, index: i32): i32 {
    if (r.bad) return 0;
    if (<u32>index >= <u32>this.classCount) {
      this.stop(r, Fault.Malformed);
      return 0;
    }
    return unchecked(this.classes[index]);
  }

  /** A class definition: name, number of fields, their names. */
  private define(r: Reader): void {
    this.text(r);
    const n = this.count(r, this.int(r));
    for (let i = 0; i < n && !r.bad; i++) this.text(r);
    if (this.classCount == MAX_CLASSES) this.stop(r, Fault.Unreadable);
    else unchecked(this.classes[this.classCount++] = n);
  }

  private unitCount(r: Reader, tag: i32, shape: u8): i32 {
    if (shape == Shape.TEXT_SHORT) return tag;
    if (shape == Shape.TEXT_MIDDLE) return ((tag - 0x30) << 8) | r.u8();
    return r.u16();
  }

  /** The further chunks of a string. */
  private chunks(r: Reader): void {
    while (!r.bad) {
      const tag = r.u8();
      if (r.bad) return;
      if (!this.isText(tag)) {
        this.stop(r, Fault.Malformed);
        return;
      }
      const shape = unchecked(SHAPES[tag]);
      this.skipUnits(r, this.unitCount(r, tag, shape));
      if (shape != Shape.TEXT_CHUNK) return;
    }
  }

  private binary(r: Reader, tag: i32, shape: u8): void {
    while (!r.bad) {
      if (shape == Shape.BYTES_SHORT) r.skip(tag - 0x20);
      else if (shape == Shape.BYTES_MIDDLE) r.skip(((tag - 0x34) << 8) | r.u8());
      else r.skip(r.u16());
      if (shape != Shape.BYTES_CHUNK || r.bad) return;
      tag = r.u8();
      if (r.bad) return;
      shape = unchecked(SHAPES[tag]);
      if (shape < Shape.BYTES_SHORT || shape > Shape.BYTES_CHUNK) this.stop(r, Fault.Malformed);
    }
  }

  /** Passes over n UTF-16 units; one byte of UTF-8 each, or two, or three: surrogates are written one by one. */
  private skipUnits(r: Reader, n: i32): void {
    let p = r.base + r.at;
    const end = r.base + r.size;
    while (n > 0) {
      while (n >= 8 && p + 8 <= end && (load<u64>(p) & ASCII) == 0) {
        p += 8;
        n -= 8;
      }
      if (n == 0) break;
      // The last few ASCII bytes at once, where eight may be loaded.
      if (n < 8 && p + 8 <= end && (load<u64>(p) & (ASCII >> (64 - 8 * n))) == 0) {
        p += n;
        break;
      }
      if (p >= end) {
        r.fail();
        return;
      }
      const byte = load<u8>(p);
      if (byte < 0x80) p += 1;
      else {
        this.ascii = false;
        if ((byte & 0xe0) == 0xc0) p += 2;
        else if ((byte & 0xf0) == 0xe0) {
          if (this.paired && byte == 0xed && p + 1 < end && (load<u8>(p, 1) & 0x20) != 0) {
            if (n > 1 && p + 6 > end) return r.fail();
            if (n == 1 || !isPair(p)) return this.stop(r, Fault.Unreadable);
            n--;
            p += 3;
          }
          p += 3;
        } else {
          this.stop(r, Fault.Malformed);
          return;
        }
      }
      n--;
    }
    if (p > end) r.fail();
    else r.at = <i32>(p - r.base);
  }

  private stop(r: Reader, fault: Fault): void {
    if (this.fault == Fault.None && !r.bad) {
      this.fault = fault;
      this.faultAt = r.at;
    }
    r.fail();
  }
}

/** A high surrogate and a low one, of three bytes each; of all but the first no reader looks at the two upper bits. */
function isPair(p: usize): bool {
  return (load<u8>(p, 1) & 0x30) == 0x20 && load<u8>(p, 3) == 0xed && (load<u8>(p, 4) & 0x30) == 0x30;
}
