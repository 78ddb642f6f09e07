import { BROKEN } from "../../assembly/codec/index";
import { Binary, Compact } from "./constants";
import { Checker } from "./idl/checker";

/** Structs and containers in one another at most. Servers of Apache's libraries read some hundreds where generated code reads them. */
export const MAX_DEPTH: i32 = 1024;
/** What most messages have at most: deeper ones cost an allocation. */
const FEW: i32 = 16;

/** What stands open around the current place. */
enum Around { Struct = 0, List = 1, Map = 2 }

/** What the next byte belongs to. */
enum Step {
  /** No header: the innermost struct or container says what comes. */
  Next = 0,
  Field,
  FieldId,
  Varint,
  Length,
  List,
  ListCount,
  Map,
  MapTypes,
  /** Integers of a compact list, one behind the other. */
  Varints,
}

/**
 * Finds the end of the struct that follows a message's name, of which nobody tells the length. Every byte is looked at
 * once however they are cut; strings and lists of fixed size are passed over by their length. Nothing is kept of them.
 */
@final
export class Scanner {
  /** The bytes are of no struct: its end will never be found. */
  private fault: bool = false;
  private compact: bool = false;
  private depth: i32 = 0;
  private around: StaticArray<u8> = new StaticArray<u8>(FEW);
  /** Values that are still to come of a container; a map's keys count as well. */
  private counts: StaticArray<u64> = new StaticArray<u64>(FEW);
  /** Type of a container's values; above it, that of a map's keys. */
  private types: StaticArray<u16> = new StaticArray<u16>(FEW);
  /** Bytes to pass over before the next step. */
  private skip: u64 = 0;
  private step: Step = Step.Next;
  /** Type of the value that comes after the bytes passed over, 0: none. */
  private pending: i32 = 0;
  private gathered: u64 = 0;
  /** Bytes gathered so far. */
  private bytes: i32 = 0;
  /** Of `Step.Varints`: how many. */
  private varints: u64 = 0;
  /** What is scanned is held against an IDL. */
  private checker: Checker | null = null;

  /** A struct begins with the next byte. A checker has begun with it. */
  begin(compact: bool, checker: Checker | null = null): void {
    this.compact = compact;
    this.checker = checker;
    this.fault = false;
    this.depth = 0;
    this.skip = 0;
    this.pending = 0;
    this.expect(Step.Next);
    if (this.around.length > FEW) this.resize(FEW);
    this.open(Around.Struct, 0, 0);
  }

  /** Takes the next bytes; how many belong to the struct if it ends here, -1 if it goes on, BROKEN if it is none. */
  scan(at: usize, size: i32): i32 {
    let i = 0;
    while (true) {
      if (this.skip) {
        const n = <i32>min<u64>(this.skip, size - i);
        this.skip -= n;
        i += n;
        if (this.skip) return -1;
      }
      if (this.step == Step.Next) {
        if (this.fault) return BROKEN;
        if (this.depth == 0) return i;
        this.advance(at + i);
        continue;
      }
      if (this.step == Step.Field && !this.compact && !this.checker) i = passFields(at, i, size);
      if (i == size) return -1;
      if (this.step == Step.Varints) i = this.passVarints(at, i, size);
      else this.take(<i32>load<u8>(at + i++), at + i);
      if (this.fault) return BROKEN;
    }
  }

  /** Goes on where no header is half read, with the bytes at this address. */
  private advance(at: usize): void {
    if (this.pending) {
      const type = this.pending;
      this.pending = 0;
      return this.value(type, true, at);
    }
    const top = this.depth - 1;
    if (unchecked(this.around[top]) == <u8>Around.Struct) return this.expect(Step.Field);
    const left = unchecked(this.counts[top]);
    if (left == 0) return this.close();
    unchecked(this.counts[top] = left - 1);
    const types = <i32>unchecked(this.types[top]);
    const map = unchecked(this.around[top]) == <u8>Around.Map, key = map && (left & 1) == 0, checker = this.checker;
    if (checker) checker.item(map && !key);
    this.value(key ? types >> 8 : types & 0xff, false, at);
  }

  /** A byte, and the address behind it. */
  private take(byte: i32, at: usize): void {
    if (this.compact) this.takeCompact(byte, at);
    else this.takeBinary(byte);
  }

  private takeBinary(byte: i32): void {
    if (this.step == Step.Field) return this.binaryField(byte);
    this.gathered = (this.gathered << 8) | <u64>byte;
    const wanted = this.step == Step.FieldId ? 2 : this.step == Step.Length ? 4 : this.step == Step.List ? 5 : 6;
    if (++this.bytes < wanted) return;
    const head = this.gathered, count = head & 0xffff_ffff, step = this.step;
    this.expect(Step.Next);
    if (step == Step.FieldId) this.fault = !this.checker!.field(<i32><i16>head, this.pending);
    else if (count > <u64>i32.MAX_VALUE) this.fault = true;
    else if (step == Step.Length) this.skip = count;
    else if (step == Step.List) this.list(<i32>(head >> 32), count);
    else this.map(<i32>(head >> 40), <i32>(head >> 32) & 0xff, count);
  }

  /** Whose ids matter only to a checker. */
  private binaryField(type: i32): void {
    this.expect(Step.Next);
    if (type == Binary.STOP) return this.close();
    this.pending = type;
    if (this.checker) this.expect(Step.FieldId);
    else this.skip = 2;
  }

  private takeCompact(byte: i32, at: usize): void {
    switch (this.step) {
      case Step.Field: return this.compactField(byte, at);
      case Step.List: {
        const count = byte >> 4;
        this.expect(Step.Next);
        if (count < 15) return this.list(byte & 15, count);
        this.expect(Step.ListCount);
        this.varints = byte & 15;
        return;
      }
      case Step.MapTypes: {
        this.expect(Step.Next);
        return this.map(byte >> 4, byte & 15, this.varints);
      }
      default: return this.varint(byte);
    }
  }

  private compactField(byte: i32, at: usize): void {
    const type = byte & 15, checker = this.checker;
    this.expect(Step.Next);
    if (type == Compact.STOP) this.close();
    else if (byte >> 4) {
      if (checker && !checker.nextField(byte >> 4, type)) this.fault = true;
      else this.value(type, true, at);
    } else {
      this.pending = type;
      this.expect(Step.FieldId);
    }
  }

  /** A byte of a number in 7-bit groups, lowest first. */
  private varint(byte: i32): void {
    const most = this.step == Step.Varint ? 10 : 5;
    if (this.bytes < 9) this.gathered |= <u64>(byte & 0x7f) << (7 * this.bytes);
    this.bytes++;
    if (byte & 0x80) {
      if (this.bytes == most) this.fault = true;
      return;
    }
    const value = this.gathered, step = this.step;
    this.expect(Step.Next);
    if (step == Step.Varint) return;
    if (step == Step.FieldId) return this.fieldId(value);
    if (value > <u64>i32.MAX_VALUE) this.fault = true;
    else if (step == Step.Length) this.skip = value;
    else if (step == Step.ListCount) this.list(<i32>this.varints, value);
    else if (value) {
      this.varints = value;
      this.expect(Step.MapTypes);
    }
  }

  private fieldId(zigzag: u64): void {
    const checker = this.checker, id = <i64>(zigzag >> 1) ^ -<i64>(zigzag & 1);
    if (checker && (id != <i64><i16>id || !checker.field(<i32>id, this.pending))) this.fault = true;
  }

  /** Passes integers of a list; returns where the bytes go on. */
  private passVarints(at: usize, from: i32, size: i32): i32 {
    let left = this.varints, run = this.bytes, i = from;
    while (i < size && left) {
      if (load<u8>(at + i++) & 0x80) {
        if (++run < 10) continue;
        this.fault = true;
        return i;
      }
      run = 0;
      left--;
    }
    this.varints = left;
    this.bytes = run;
    if (left == 0) this.expect(Step.Next);
    return i;
  }

  /** A value begins. `field`: of a struct, where a compact boolean lies in its type. */
  private value(type: i32, field: bool, at: usize): void {
    const size = this.sizeOf(type), inType = field && this.compact && type <= Compact.FALSE, checker = this.checker;
    if (checker) checker.value(inType ? type : 0, at);
    if (size > 0) {
      this.skip = inType ? 0 : size;
    } else if (this.compact) {
      switch (type) {
        case Compact.I16: case Compact.I32: case Compact.I64: return this.expect(Step.Varint);
        case Compact.BINARY: return this.expect(Step.Length);
        case Compact.LIST: case Compact.SET: return this.expect(Step.List);
        case Compact.MAP: return this.expect(Step.Map);
        case Compact.STRUCT: return this.open(Around.Struct, 0, 0);
        default: this.fault = true;
      }
    } else {
      switch (type) {
        case Binary.STRING: return this.expect(Step.Length);
        case Binary.LIST: case Binary.SET: return this.expect(Step.List);
        case Binary.MAP: return this.expect(Step.Map);
        case Binary.STRUCT: return this.open(Around.Struct, 0, 0);
        default: this.fault = true;
      }
    }
  }

  private list(type: i32, count: u64): void {
    const size = this.sizeOf(type), checker = this.checker;
    if (checker && !checker.list(type, count)) this.fault = true;
    else if (checker && count && checker.wantsItems) this.open(Around.List, type, count);
    else if (size > 0) this.skip = count * <u64>size;
    else if (count && this.compact && type >= Compact.I16 && type <= Compact.I64) {
      this.expect(Step.Varints);
      this.varints = count;
    } else if (count) this.open(Around.List, type, count);
  }

  private map(keys: i32, values: i32, count: u64): void {
    const key = this.sizeOf(keys), value = this.sizeOf(values), checker = this.checker;
    if (checker && !checker.map(keys, values, count)) this.fault = true;
    else if (key > 0 && value > 0) this.skip = count * <u64>(key + value);
    else if (count) this.open(Around.Map, (keys << 8) | values, count * 2);
  }

  /** Bytes of each value of a type, 0 if they are not always as many. */
  private sizeOf(type: i32): i32 {
    if (this.compact) {
      switch (type) {
        case Compact.TRUE: case Compact.FALSE: case Compact.BYTE: return 1;
        case Compact.DOUBLE: return 8;
        case Compact.UUID: return 16;
        default: return 0;
      }
    }
    return binarySize(type);
  }

  private open(around: Around, types: i32, count: u64): void {
    const at = this.depth;
    if (at == MAX_DEPTH) {
      this.fault = true;
      return;
    }
    if (at == this.around.length) this.resize(at * 4);
    unchecked(this.around[at] = <u8>around);
    unchecked(this.types[at] = <u16>types);
    unchecked(this.counts[at] = count);
    this.depth = at + 1;
    const checker = this.checker;
    if (checker) checker.open();
  }

  private close(): void {
    const top = --this.depth, checker = this.checker;
    if (checker) checker.close(unchecked(this.around[top]) == <u8>Around.Struct);
  }

  /** Room for so many levels; those that are open are kept. */
  private resize(levels: i32): void {
    const around = new StaticArray<u8>(levels), counts = new StaticArray<u64>(levels), types = new StaticArray<u16>(levels);
    for (let i = 0; i < this.depth; i++) {
      around[i] = this.around[i];
      counts[i] = this.counts[i];
      types[i] = this.types[i];
    }
    this.around = around;
    this.counts = counts;
    this.types = types;
  }

  private expect(step: Step): void {
    this.step = step;
    this.gathered = 0;
    this.bytes = 0;
  }
}

/** Bytes of each value of a type in the binary protocol, 0 if they are not always as many. */
function binarySize(type: i32): i32 {
  switch (type) {
    case Binary.BOOL: case Binary.BYTE: return 1;
    case Binary.I16: return 2;
    case Binary.I32: return 4;
    case Binary.I64: case Binary.DOUBLE: return 8;
    case Binary.UUID: return 16;
    default: return 0;
  }
}

/** Most structs are small and flat: passes fields of the binary protocol that are whole here, up to the first that is not or that has a struct or container. */
function passFields(at: usize, from: i32, size: i32): i32 {
  let i = from;
  while (i + 7 < size) {
    const type = <i32>load<u8>(at + i);
    let length = binarySize(type);
    if (type == Binary.STRING) {
      const text = bswap(load<u32>(at + i + 3));
      if (text >= <u32>size) return i;
      length = 4 + <i32>text;
    }
    if (length == 0 || i + 3 + length > size) return i;
    i += 3 + length;
  }
  return i;
}
