import { ArgumentReader } from "./arguments";
import { ANY, Tables } from "./tables";

/** Types of the binary protocol by those of the compact one. */
const OF_COMPACT: StaticArray<u8> = [0, 2, 2, 3, 6, 8, 10, 4, 11, 15, 14, 13, 12, 16, 0xff, 0xff];

/** Levels that most messages have at most: deeper ones cost an allocation. */
const FEW: i32 = 16;

/**
 * Holds what a scanner comes across in a request against an IDL: it is told of each header before the scanner goes on, which
 * stops where the answer is no. One for each scanner: a message may come in many pieces.
 */
@final
export class Checker {
  /** Where arguments become metadata; only while a message is read whole. */
  reader: ArgumentReader | null = null;
  private tables: Tables | null = null;
  private compact: bool = false;
  /** Of the arguments, which have no type of their own. */
  private struct: i32 = 0;
  /** Type that the IDL wants in the place of the value that comes next. */
  private next: i32 = ANY;
  private depth: i32 = 0;
  /** Types of what stands open, by depth. */
  private types: StaticArray<i32> = new StaticArray<i32>(FEW);
  /** Id of the last field, by depth: compact ids count on from it. */
  private ids: StaticArray<i32> = new StaticArray<i32>(FEW);
  /** By depth: 1 if a member of a union was seen. */
  private chosen: StaticArray<u8> = new StaticArray<u8>(FEW);


  /** A method's arguments begin. */
  begin(tables: Tables, method: i32, compact: bool): void {
    this.tables = tables;
    this.struct = tables.argumentsOf(method);
    this.compact = compact;
    this.depth = 0;
    this.next = ANY;
    if (this.types.length > FEW) this.resize(FEW);
  }

  /** A field begins whose id is that much above the last one's. */
  nextField(delta: i32, wireType: i32): bool {
    const id = unchecked(this.ids[this.depth - 1]) + delta;
    return id <= i16.MAX_VALUE && this.field(id, wireType);
  }

  /** A field begins: its id and type as they stand on the wire. False: the IDL says otherwise. */
  field(id: i32, wireType: i32): bool {
    const top = this.depth - 1, type = unchecked(this.types[top]), tables = this.tables!, reader = this.reader;
    this.next = ANY;
    if (reader) reader.pass();
    unchecked(this.ids[top] = id);
    if (top > 0 && type == ANY) return true;
    const field = tables.field(top ? tables.first(type) : this.struct, id);
    if (field < 0) return tables.skipsUnknown;
    if (tables.isMember(field)) {
      if (unchecked(this.chosen[top])) return false;
      unchecked(this.chosen[top] = 1);
    }
    this.next = tables.typeOfField(field);
    return this.fits(this.next, wireType) && (!reader || reader.field(field));
  }

  /** An item of a list or set begins, or a key of a map (`second`: a value); its type was seen with the container's. */
  item(second: bool): void {
    const top = this.depth - 1, type = unchecked(this.types[top]), reader = this.reader;
    this.next = type == ANY ? ANY : second ? this.tables!.second(type) : this.tables!.first(type);
    if (reader) reader.item();
  }

  /** A list or set of such items begins; an empty one may say what it likes. */
  list(wireType: i32, count: u64): bool {
    return this.next == ANY || count == 0 || this.fits(this.tables!.first(this.next), wireType);
  }

  /** A map of such keys and values begins. */
  map(keys: i32, values: i32, count: u64): bool {
    const type = this.next, reader = this.reader;
    if (reader) reader.pass();
    return type == ANY || count == 0 || (this.fits(this.tables!.first(type), keys) && this.fits(this.tables!.second(type), values));
  }

  /** True if the items of the list that begins must be told of one by one. */
  get wantsItems(): bool {
    const reader = this.reader;
    return reader !== null && reader.isAsked;
  }

  /** A value begins at this address. `wireType`: of a compact boolean field, which has no bytes, its value; 0 otherwise. */
  value(wireType: i32, at: usize): void {
    const reader = this.reader, type = this.next;
    if (reader && type != ANY) reader.value(this.tables!.kind(type), this.compact, wireType, at);
  }

  /** What the last header told of opens. */
  open(): void {
    const at = this.depth++, reader = this.reader;
    if (at == this.types.length) this.resize(at * 4);
    unchecked(this.types[at] = this.next);
    unchecked(this.ids[at] = 0);
    unchecked(this.chosen[at] = 0);
    if (reader) reader.open();
  }

  /** What was opened last ends. `struct`: it is one. */
  close(struct: bool): void {
    this.depth--;
    const reader = this.reader;
    if (reader) reader.close(struct);
  }

  /** Room for so many levels; those that are open are kept. */
  private resize(levels: i32): void {
    const types = new StaticArray<i32>(levels), ids = new StaticArray<i32>(levels), chosen = new StaticArray<u8>(levels);
    const kept = min(levels, this.types.length);
    for (let i = 0; i < kept; i++) {
      types[i] = this.types[i];
      ids[i] = this.ids[i];
      chosen[i] = this.chosen[i];
    }
    this.types = types;
    this.ids = ids;
    this.chosen = chosen;
  }

  private fits(type: i32, wireType: i32): bool {
    const kind = this.compact ? <i32>unchecked(OF_COMPACT[wireType & 15]) : wireType;
    return type == ANY || this.tables!.kind(type) == kind;
  }
}
