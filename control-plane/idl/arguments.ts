import type { IdlTables } from "./compile.ts";

const FIRST_TYPE = 32, STRUCT = 12, SET = 14, LIST = 15, DOUBLE = 4, UUID = 16;
const PREFIX = "args.";
/** As the codec has it (codecs/thrift/idl/keys.ts), and for suggestions. */
const MAX_NAMES = 8, MAX_SUGGESTED = 500;

/** The keys `args.NAME` that requests have by an IDL, as codecs/thrift/idl/keys.ts finds them. */
export class ArgumentKeys {
  constructor(private readonly tables: IdlTables) {}

  has(key: string): boolean {
    const path = key.toLowerCase().slice(PREFIX.length).split(".");
    return path.length <= MAX_NAMES && this.roots().some((struct) => this.leads(struct, path));
  }

  /** Some of them, the shortest first. */
  names(): string[] {
    const found = new Set<string>();
    let level = this.roots().map((struct) => ({ struct, prefix: PREFIX }));
    for (let depth = 0; depth < 3 && found.size < MAX_SUGGESTED; depth++) {
      level = level.slice(0, MAX_SUGGESTED).flatMap(({ struct, prefix }) => this.fields(struct).flatMap(({ name, type }) => {
        const inner = this.structOf(type);
        if (inner !== undefined) return [{ struct: inner, prefix: `${prefix}${name}.` }];
        if (this.isValue(type)) found.add(prefix + name);
        return [];
      }));
    }
    return [...found].slice(0, MAX_SUGGESTED);
  }

  private roots(): number[] { return [...new Set([...Object.values(this.tables.calls), ...Object.values(this.tables.oneway)])]; }

  private leads(struct: number, [name, ...rest]: string[]): boolean {
    return this.fields(struct).some((field) => {
      if (field.name.toLowerCase() !== name) return false;
      if (rest.length === 0) return this.isValue(field.type);
      const inner = this.structOf(field.type);
      return inner !== undefined && this.leads(inner, rest);
    });
  }

  private fields(struct: number): { name: string; type: number }[] {
    const parts = this.tables.structs[struct]!;
    return Array.from({ length: parts.length / 4 }, (_, i) => ({ type: parts[i * 4 + 1] as number, name: parts[i * 4 + 3] as string }));
  }

  /** Of a list or set its items' type. */
  private itemOf(type: number): number {
    let at = type;
    for (let i = 0; i < MAX_NAMES && at >= FIRST_TYPE && [LIST, SET].includes(this.tables.types[at - FIRST_TYPE]![0]!); i++) at = this.tables.types[at - FIRST_TYPE]![1]!;
    return at;
  }

  private structOf(type: number): number | undefined {
    const item = this.itemOf(type), [kind, struct] = item < FIRST_TYPE ? [] : this.tables.types[item - FIRST_TYPE]!;
    return kind === STRUCT ? struct : undefined;
  }

  private isValue(type: number): boolean {
    const item = this.itemOf(type);
    return item < FIRST_TYPE && item !== DOUBLE && item !== UUID;
  }
}
