import type { Definition, Field, Identifier, StructLike, ValueType } from "./ast.ts";
import { Mistake, type Unit } from "./units.ts";

/** Types of the binary protocol, codecs/thrift/constants.ts. */
const BASE: Record<string, number> = { bool: 2, byte: 3, i8: 3, double: 4, i16: 6, i32: 8, i64: 10, string: 11, slist: 11, binary: 11 };
const ENUM = 8, TEXT = 11, STRUCT = 12, MAP = 13, SET = 14, LIST = 15, UUID = 16;
/** The number of the first type that is no plain one, codecs/thrift/idl/tables.ts. */
const FIRST_TYPE = 32;
/** What a server takes for a field that is absent: some default, nothing, nothing since it is one of a union. */
const DEFAULT = 0, ABSENT = 1, MEMBER = 2;
const MAX_DEPTH = 64;
const MAX_TYPES = 1 << 14, MAX_STRUCTS = 1 << 13, MAX_FIELDS = 1 << 16;

/** The types that methods need, numbered as they are met: what codecs/thrift/idl/tables.ts takes. */
export class Types {
  readonly types: number[][] = [];
  /** Of each struct its fields, one behind the other: id, type, what it is where it is absent, name. */
  readonly structs: (number | string)[][] = [];
  private readonly numbers = new Map<string, number>();
  /** Of methods, by all that is said of them. */
  private readonly argumentLists = new Map<string, number>();
  private readonly known = new Map<StructLike, number>();
  private readonly waiting: { unit: Unit; definition: StructLike; struct: number }[] = [];
  private fields = 0;

  /** A struct of arguments; methods with the same have one. */
  arguments(unit: Unit, name: string, fields: readonly Field[]): number {
    const described = this.described(unit, name, fields, () => DEFAULT), key = described.join(), same = this.argumentLists.get(key);
    if (same !== undefined) return same;
    const struct = this.reserve();
    this.argumentLists.set(key, struct);
    this.structs[struct] = described;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { definition } = next, union = definition.type === "Union";
      this.structs[next.struct] = this.described(next.unit, definition.id.name, definition.fields, (field) => (union ? MEMBER : field.optional && field.defaultValue === null ? ABSENT : DEFAULT));
    }
    return struct;
  }

  private reserve(): number {
    if (this.structs.length === MAX_STRUCTS) throw new Mistake(`too many structs and methods; allowed: ${MAX_STRUCTS}`);
    return this.structs.push([]) - 1;
  }

  private described(unit: Unit, name: string, fields: readonly Field[], absent: (field: Field) => number): (number | string)[] {
    // Fields without an id count down from -1, as the compiler does.
    let implicit = -1;
    const described = fields.map((field) => [field.id?.value ?? implicit--, this.numberOf(unit, field.valueType, 0), absent(field), field.name] as const).sort(([a], [b]) => a - b);
    this.fields += fields.length;
    if (this.fields > MAX_FIELDS) throw new Mistake(`too many fields; allowed: ${MAX_FIELDS}`);
    for (const [i, [id, , , field]] of described.entries()) {
      if (id < -32768 || id > 32767) throw new Mistake(`${unit.file}: field ${field} of ${name} has id ${id}; allowed: 16 bits`);
      if (id === described[i - 1]?.[0]) throw new Mistake(`${unit.file}: two fields of ${name} have id ${id}`);
    }
    return described.flat();
  }

  private numberOf(unit: Unit, type: ValueType, depth: number): number {
    if (depth === MAX_DEPTH) throw new Mistake(`${unit.file}: types refer to one another in a cycle, or ${MAX_DEPTH} deep`);
    if (type.type === "Map") return this.number([MAP, this.numberOf(unit, type.keyType, depth + 1), this.numberOf(unit, type.valueType, depth + 1)]);
    if (type.type === "List" || type.type === "Set") return this.number([type.type === "Set" ? SET : LIST, this.numberOf(unit, type.valueType, depth + 1)]);
    if (type.type === "Identifier") return this.named(unit, type, depth);
    const base = BASE[type.baseType];
    if (base === undefined) throw new Mistake(`${unit.file}: ${type.baseType} is not a valid type of a field`);
    return base;
  }

  private named(unit: Unit, identifier: Identifier, depth: number): number {
    const found = lookUp(unit, identifier.name);
    if (found === undefined && identifier.name === "uuid") return UUID;
    switch (found?.definition.type) {
      case "Typedef": return this.numberOf(found.unit, found.definition.valueType, depth + 1);
      case "Enum": return ENUM;
      case "Senum": return TEXT;
      case "Struct": case "Union": case "Exception": return this.number([STRUCT, this.struct(found.unit, found.definition)]);
      default: throw new Mistake(`${unit.file}:${identifier.line}: there is no type ${identifier.name}`);
    }
  }

  /** A struct's fields are looked at later: it may lead to itself. */
  private struct(unit: Unit, definition: StructLike): number {
    const known = this.known.get(definition);
    if (known !== undefined) return known;
    const struct = this.reserve();
    this.known.set(definition, struct);
    this.waiting.push({ unit, definition, struct });
    return struct;
  }

  private number(type: number[]): number {
    const key = type.join(), known = this.numbers.get(key);
    if (known !== undefined) return known;
    if (this.types.length === MAX_TYPES) throw new Mistake(`too many types; allowed: ${MAX_TYPES}`);
    const number = FIRST_TYPE + this.types.push(type) - 1;
    this.numbers.set(key, number);
    return number;
  }
}

/** What a name means in a file: its own, or `file.Name` of one that it includes. */
export function lookUp(unit: Unit, name: string): { unit: Unit; definition: Definition } | undefined {
  const own = unit.definitions.get(name);
  if (own) return { unit, definition: own };
  const dot = name.lastIndexOf("."), other = dot < 0 ? undefined : unit.includes.get(name.slice(0, dot)), definition = other?.definitions.get(name.slice(dot + 1));
  return other && definition && { unit: other, definition };
}
