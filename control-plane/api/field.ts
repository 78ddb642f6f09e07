import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type LineCounter, type Node } from "yaml";
import { didYouMean } from "./suggest.ts";
import { joinPath, type Located, type Place, type Problems } from "./problem.ts";
import { Secret } from "./secret.ts";

/** One document being read: where it stands and where its mistakes go. */
export interface Reading {
  file: string;
  document: number;
  yaml: Document;
  /** What aliases stand for. */
  targets: ReadonlyMap<Alias, Node>;
  lines: LineCounter;
  problems: Problems;
  /** No message may show what stands there, nor names in it that nobody has asked for. */
  hidden?: boolean;
}

/** In the place of a name that may be a secret, where somebody wrote one as a name. */
const HIDDEN_NAME = "(hidden)";

/**
 * One value of a document. Reading it as something it is not records a problem and yields undefined (or an empty
 * list), so that a reader goes on and finds the other mistakes too.
 */
export class Field {
  readonly at: Place;
  private readonly node: Node | null;

  /** `key` and `owner` are offsets in the text: of the field's name, and of what it should stand in. */
  constructor(readonly reading: Reading, node: unknown, readonly path: string, key?: number, owner?: number) {
    this.node = (isAlias(node) ? reading.targets.get(node) ?? null : node ?? null) as Node | null;
    const start = key ?? this.node?.range?.[0] ?? owner;
    const line = start === undefined ? {} : { line: reading.lines.linePos(start).line };
    this.at = { file: reading.file, document: reading.document, ...line, path };
  }

  /** Not written, or written as nothing. */
  get missing(): boolean { return this.node === null || (isScalar(this.node) && this.node.value === null); }
  get isRecord(): boolean { return isMap(this.node); }
  get isList(): boolean { return isSeq(this.node); }

  error(message: string, allowed?: string[]): void {
    const found = this.isRecord || this.isList ? undefined : this.found();
    this.reading.problems.error(this.at, message, { ...(found === undefined ? {} : { found }), ...(allowed ? { allowed } : {}) });
  }

  /** As `error`, for a value of the wrong type. */
  private mistyped(message: string): void { this.reading.problems.error(this.at, message, { found: this.found() ?? "nothing" }); }

  warn(message: string): void { this.reading.problems.warn(this.at, message); }

  /** What was written, short enough for a message. */
  found(): string | undefined {
    if (this.node === null) return undefined;
    if (isMap(this.node)) return "an object";
    if (isSeq(this.node)) return "a list";
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (value === null) return "nothing";
    if (this.reading.hidden) return "a value that is not shown";
    const text = typeof value === "string" ? JSON.stringify(value) : String(value);
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  }

  string(): string | undefined {
    if (this.missing) return undefined;
    if (isScalar(this.node) && typeof this.node.value === "string") return this.node.value;
    const quote = isScalar(this.node) ? ": put it in quotes" : "";
    this.mistyped(`must be a text${quote}`);
    return undefined;
  }

  /** The same by the name that was asked for. */
  called(path: string): Field {
    const field = new Field(this.reading, this.node, path);
    Object.assign(field.at, this.at, { path });
    return field;
  }

  /** The same, for what holds secrets: no message shows any of its values. */
  hidden(): Field { return new Field({ ...this.reading, hidden: true }, this.node, this.path, this.node?.range?.[0]); }

  secret(): Secret | undefined {
    const text = this.hidden().string();
    return text === undefined ? undefined : new Secret(text);
  }

  located(): Located<string> | undefined {
    const value = this.string();
    return value === undefined ? undefined : { value, at: this.at };
  }

  integer(min: number, max: number): number | undefined {
    if (this.missing) return undefined;
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    this.mistyped(`must be a whole number from ${min} to ${max}`);
    return undefined;
  }

  /** Any number of min..max, both included. */
  number(min: number, max: number): number | undefined {
    if (this.missing) return undefined;
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "number" && value >= min && value <= max) return value;
    this.mistyped(`must be a number from ${min} to ${max}`);
    return undefined;
  }

  /** A number or a text, as Kubernetes' IntOrString. */
  integerOrString(min: number, max: number): number | string | undefined {
    return isScalar(this.node) && typeof this.node.value === "string" ? this.node.value : this.integer(min, max);
  }

  boolean(): boolean | undefined {
    if (this.missing) return undefined;
    if (isScalar(this.node) && typeof this.node.value === "boolean") return this.node.value;
    this.mistyped("must be true or false");
    return undefined;
  }

  oneOf<T extends string>(allowed: readonly T[]): T | undefined {
    const value = this.string();
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T | undefined;
    this.error(`unknown value${didYouMean(value, allowed)}`, [...allowed]);
    return undefined;
  }

  list(): Field[] {
    if (this.missing) return [];
    if (!isSeq(this.node)) {
      this.mistyped("must be a list");
      return [];
    }
    return this.node.items.map((item, i) => new Field(this.reading, item, joinPath(this.path, i), undefined, this.node?.range?.[0]));
  }

  /** A list of texts; where `single`, one text stands for a list of one. */
  strings(single = false): Located<string>[] {
    if (single && isScalar(this.node)) return [this.located()].filter((s) => s !== undefined);
    return this.list().map((item) => item.located()).filter((s) => s !== undefined);
  }

  /** Names and values of an object whose names are free. */
  entries(): { key: string; value: Field }[] {
    if (this.missing) return [];
    if (!isMap(this.node)) {
      this.mistyped("must be an object");
      return [];
    }
    return this.node.items.map((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const path = this.reading.hidden ? `${this.path}.${HIDDEN_NAME}` : joinPath(this.path, key);
      return { key, value: new Field(this.reading, pair.value, path, (pair.key as Node | null)?.range?.[0]) };
    });
  }

  /** An object of texts. */
  stringMap(): Record<string, string> {
    const texts = Object.create(null) as Record<string, string>;
    for (const { key, value } of this.entries()) {
      const text = value.string();
      if (text !== undefined) texts[key] = text;
      else if (value.missing) value.error("must be a text");
    }
    return texts;
  }

  /** The plain value, for what is passed on unread. What its aliases stand for was counted (Survey). */
  plain(): unknown { return this.node === null ? undefined : this.node.toJS(this.reading.yaml, { maxAliasCount: -1 }); }

  /** An object with known fields; call `end` when all were asked for. */
  record(): Fields { return new Fields(this); }
}

/** The fields of one object. What nobody has asked for by `end` is reported. */
export class Fields {
  private readonly present: Map<string, Field>;
  private readonly known = new Set<string>();
  private readonly meaningless: string[] = [];

  constructor(readonly self: Field) {
    this.present = new Map(self.entries().map(({ key, value }) => [key, value]));
  }

  get at(): Place { return this.self.at; }

  field(name: string): Field {
    this.known.add(name);
    const { reading, path } = this.self, present = this.present.get(name);
    if (present === undefined) return new Field(reading, null, joinPath(path, name), undefined, this.offset());
    return reading.hidden ? present.called(joinPath(path, name)) : present;
  }

  required(name: string): Field {
    const field = this.field(name);
    if (field.missing && this.self.isRecord) field.error("is required");
    return field;
  }

  has(name: string): boolean { return this.present.has(name); }

  /** Well-known fields that mean nothing outside their home; told in one warning. */
  ignored(...names: string[]): void {
    for (const name of names) {
      this.known.add(name);
      if (this.has(name)) this.meaningless.push(name);
    }
  }

  /** Fields that mean nothing here and that nobody would miss: what a cluster writes by itself. */
  silent(...names: string[]): void { for (const name of names) this.known.add(name); }

  /** Fields whose loss would change what happens: never dropped in silence. */
  unsupported(...names: string[]): void {
    for (const name of names) {
      this.known.add(name);
      const field = this.present.get(name);
      if (field && !field.missing) this.self.reading.problems.error(field.at, "not supported yet and would have no effect: remove it");
    }
  }

  end(): void {
    for (const [name, field] of this.present) {
      if (this.known.has(name)) continue;
      const hint = this.self.reading.hidden ? "" : didYouMean(name, this.known);
      const detail = hint === "" ? { allowed: [...this.known].sort() } : {};
      this.self.reading.problems.error(field.at, `unknown field${hint}`, detail);
    }
    if (this.meaningless.length > 0) {
      this.self.reading.problems.warn(this.at, `fields without effect, ignored: ${this.meaningless.sort().join(", ")}`);
    }
  }

  private offset(): number | undefined {
    const { line } = this.at;
    return line === undefined ? undefined : this.self.reading.lines.lineStarts[line - 1];
  }
}
