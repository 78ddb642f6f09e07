import { Json, JsonKind } from "../../../assembly/bytes/json";
import { Problems } from "../../../assembly/bytes/problems";
import { utf8Bytes } from "../../../assembly/bytes/utf8";
import { Binary } from "../constants";

/** Numbers of types: up to here those of the binary protocol, from here on places in the list `types`. */
export const FIRST_TYPE: i32 = 32;
/** Of what the IDL does not know, and of all that is in it. */
export const ANY: i32 = -1;

const MAX_TYPES: i32 = 1 << 14;
const MAX_STRUCTS: i32 = 1 << 13;
const MAX_FIELDS: i32 = 1 << 16;
const MAX_METHODS: i32 = 1 << 13;
const FIELD_PARTS: i32 = 4;
const SCALARS: i32[] = [Binary.BOOL, Binary.BYTE, Binary.DOUBLE, Binary.I16, Binary.I32, Binary.I64, Binary.STRING, Binary.UUID];

/**
 * What an IDL says of methods and types, as the control plane has compiled it (control-plane/idl/compile.ts). Read at
 * configure time; asked for each request, without allocating.
 *
 *     types    [12, struct], [13, key, value], [14, item] or [15, item] each: of type number FIRST_TYPE, and so on
 *     structs  by field: id (ascending), type, what it is where it is absent, name: 0 some default, 1 absent, 2 absent since it is one of a union
 *     calls    by name on the wire (`method` or `service:method`): the struct of its arguments; `oneway`: the same, of those without an answer
 */
@final
export class Tables {
  /** Type of the binary protocol by type number. */
  private kinds: StaticArray<i32>;
  private firsts: StaticArray<i32>;
  private seconds: StaticArray<i32>;
  /** By struct: its first field; one more, for the end of the last. */
  private starts: StaticArray<i32>;
  private ids: i32[] = [];
  private types: i32[] = [];
  private absents: i32[] = [];
  /** Fields that the IDL does not know are passed over, as servers do. */
  skipsUnknown: bool = false;
  private names: string[] = [];
  private methods: Array<StaticArray<u8>> = [];
  private arguments: i32[] = [];
  private oneways: bool[] = [];
  /** Places of methods + 1 by hash of their names, a power of two of them. */
  private places: StaticArray<i32>;

  constructor(json: Json, problems: Problems) {
    problems.unknownFields(json, ["types", "structs", "calls", "oneway", "unknownFields"]);
    const types = problems.list(json, "types"), structs = problems.list(json, "structs");
    if (types.length > MAX_TYPES) problems.report("options.idl.types", "found " + types.length.toString() + ", allowed: at most " + MAX_TYPES.toString());
    if (structs.length > MAX_STRUCTS) problems.report("options.idl.structs", "found " + structs.length.toString() + ", allowed: at most " + MAX_STRUCTS.toString());
    const size = problems.ok ? types.length : 0;
    this.kinds = new StaticArray<i32>(FIRST_TYPE + size);
    this.firsts = new StaticArray<i32>(FIRST_TYPE + size);
    this.seconds = new StaticArray<i32>(FIRST_TYPE + size);
    this.starts = new StaticArray<i32>(problems.ok ? structs.length + 1 : 1);
    this.places = new StaticArray<i32>(2);
    this.skipsUnknown = problems.oneOf(json, "unknownFields", ["refuse", "skip"], "refuse") == "skip";
    for (let i = 0; i < SCALARS.length; i++) this.kinds[SCALARS[i]] = SCALARS[i];
    for (let i = 0; i < size && problems.ok; i++) this.readType(types[i], FIRST_TYPE + i, structs.length, problems);
    for (let i = 0; i < structs.length && problems.ok; i++) this.readStruct(structs[i], i, problems);
    this.readMethods(json, "calls", false, structs.length, problems);
    this.readMethods(json, "oneway", true, structs.length, problems);
    if (problems.ok) this.index();
  }

  private readType(json: Json, at: i32, structs: i32, problems: Problems): void {
    if (!problems.isArray(json)) return;
    const kind = intAt(json, 0), inner = kind == Binary.MAP ? 2 : 1;
    if (json.items.length != inner + 1 || kind < Binary.STRUCT || kind > Binary.LIST) return problems.wrong(json, "[12, struct], [13, key, value], [14, item], [15, item]");
    this.kinds[at] = kind;
    this.firsts[at] = kind == Binary.STRUCT ? within(json.items[1], structs, problems) : this.typeOf(json.items[1], problems);
    if (kind == Binary.MAP) this.seconds[at] = this.typeOf(json.items[2], problems);
  }

  private readStruct(json: Json, at: i32, problems: Problems): void {
    if (!problems.isArray(json)) return;
    const parts = json.items, first = this.ids.length;
    if (parts.length % FIELD_PARTS || first + parts.length / FIELD_PARTS > MAX_FIELDS) return problems.wrong(json, "id, type, absent and name for each field, " + MAX_FIELDS.toString() + " in all");
    for (let i = 0; i < parts.length && problems.ok; i += FIELD_PARTS) {
      const id = intAt(json, i);
      if (id < i16.MIN_VALUE || id > i16.MAX_VALUE || (i > 0 && id <= this.ids[this.ids.length - 1])) problems.wrong(parts[i], "ids of 16 bits, ascending");
      if (!problems.isText(parts[i + 3])) return;
      this.ids.push(id);
      this.types.push(this.typeOf(parts[i + 1], problems));
      this.absents.push(within(parts[i + 2], 3, problems));
      this.names.push(parts[i + 3].text.toLowerCase());
    }
    this.starts[at + 1] = this.ids.length;
  }

  private readMethods(json: Json, field: string, oneway: bool, structs: i32, problems: Problems): void {
    const methods = problems.object(json, field);
    if (!methods || !problems.ok) return;
    for (let i = 0; i < methods.names.length; i++) {
      this.methods.push(utf8Bytes(methods.names[i]));
      this.arguments.push(within(methods.items[i], structs, problems));
      this.oneways.push(oneway);
    }
    if (this.methods.length > MAX_METHODS) problems.report("options.idl." + field, "found too many methods, allowed: at most " + MAX_METHODS.toString());
  }

  private typeOf(json: Json, problems: Problems): i32 {
    const type = within(json, this.kinds.length, problems);
    if (type < FIRST_TYPE && !SCALARS.includes(type)) problems.wrong(json, "the number of a type");
    return type;
  }

  private index(): void {
    let size = 2;
    while (size < this.methods.length * 2) size *= 2;
    const places = this.places = new StaticArray<i32>(size);
    for (let i = 0; i < this.methods.length; i++) {
      const name = this.methods[i];
      let at = hashOf(changetype<usize>(name), name.length) & (size - 1);
      while (places[at]) at = (at + 1) & (size - 1);
      places[at] = i + 1;
    }
  }

  /** Number of a method by its name on the wire, -1: there is none of it. */
  find(at: usize, length: i32): i32 {
    const places = this.places, mask = places.length - 1;
    for (let i = hashOf(at, length) & mask; unchecked(places[i]); i = (i + 1) & mask) {
      const method = unchecked(places[i]) - 1, name = unchecked(this.methods[method]);
      if (name.length == length && memory.compare(changetype<usize>(name), at, length) == 0) return method;
    }
    return -1;
  }

  get methodCount(): i32 { return this.methods.length; }
  isOneway(method: i32): bool { return unchecked(this.oneways[method]); }
  /** The struct of a method's arguments. */
  argumentsOf(method: i32): i32 { return unchecked(this.arguments[method]); }

  /** Number of a struct's field by its id, -1: there is none of it. Ids are mostly 1, 2, 3 and so on. */
  field(struct: i32, id: i32): i32 {
    let low = unchecked(this.starts[struct]), high = unchecked(this.starts[struct + 1]);
    const likely = low + id - 1;
    if (likely >= low && likely < high && unchecked(this.ids[likely]) == id) return likely;
    while (low < high) {
      const middle = (low + high) >> 1, found = unchecked(this.ids[middle]);
      if (found == id) return middle;
      if (found < id) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  typeOfField(field: i32): i32 { return unchecked(this.types[field]); }
  /** True if a server takes the field for absent where it is, not for some default. */
  canBeAbsent(field: i32): bool { return unchecked(this.absents[field]) > 0; }
  /** True if the field is one of a union, which has one. */
  isMember(field: i32): bool { return unchecked(this.absents[field]) == 2; }

  /** Type of the binary protocol of a type. */
  kind(type: i32): i32 { return unchecked(this.kinds[type]); }
  /** A list's or set's items, a map's keys; of a struct its number. */
  first(type: i32): i32 { return unchecked(this.firsts[type]); }
  /** A map's values. */
  second(type: i32): i32 { return unchecked(this.seconds[type]); }

  /** Fields of a struct with this name, in lower case. Configure time only. */
  named(struct: i32, name: string): i32[] {
    const found: i32[] = [];
    for (let i = this.starts[struct]; i < this.starts[struct + 1]; i++) if (this.names[i] == name) found.push(i);
    return found;
  }
}

/** FNV-1a. */
function hashOf(at: usize, length: i32): i32 {
  let hash: u32 = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = (hash ^ <u32>load<u8>(at + i)) * 0x01000193;
  return <i32>(hash & 0x7fff_ffff);
}

/** -2^31: no whole number stands there. */
function intAt(list: Json, at: i32): i32 {
  if (at >= list.items.length) return i32.MIN_VALUE;
  const item = list.items[at];
  return item.kind == JsonKind.Number && item.integral && item.integer >= i32.MIN_VALUE && item.integer <= i32.MAX_VALUE ? <i32>item.integer : i32.MIN_VALUE;
}

/** A whole number from 0, below `end`; 0 and a problem if it is none. */
function within(json: Json, end: i32, problems: Problems): i32 {
  if (json.kind == JsonKind.Number && json.integral && json.integer >= 0 && json.integer < end) return <i32>json.integer;
  problems.wrong(json, "a whole number of 0.." + (end - 1).toString());
  return 0;
}
