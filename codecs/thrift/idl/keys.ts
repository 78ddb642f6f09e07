import { Binary } from "../constants";
import { FIRST_TYPE, Tables } from "./tables";

/** How a rule spells an argument: `args.user.id`. */
export const ARGS_PREFIX: string = "args.";

/** Names in one another at most. */
const MAX_NAMES: i32 = 8;

/** A field on the way to arguments that rules ask for. */
@final
export class ArgumentNode {
  /** Its own key, -1: none. */
  slot: i32 = -1;
  /** Fields in it that are asked for, or have some in them, and their nodes. */
  fields: i32[] = [];
  nodes: ArgumentNode[] = [];

  /** Place of a field among those asked for, -1: it is not. */
  place(field: i32): i32 {
    const fields = this.fields;
    for (let i = 0; i < fields.length; i++) if (unchecked(fields[i]) == field) return i;
    return -1;
  }

  /** Node of a field, made if need be. */
  child(field: i32): ArgumentNode {
    const place = this.place(field);
    if (place >= 0) return this.nodes[place];
    const node = new ArgumentNode();
    this.fields.push(field);
    this.nodes.push(node);
    return node;
  }
}

/** The arguments that rules ask for, of all methods. What is asked for stays, also where a later IDL does not know it. */
@final
export class ArgumentKeys {
  private spelled: string[] = [];
  private slots: i32[] = [];
  /** By method; null: none of its arguments is asked for. */
  private roots: Array<ArgumentNode | null> = [];
  private tables: Tables | null = null;

  /** Goes over to another IDL. */
  use(tables: Tables | null): void {
    this.tables = tables;
    this.roots = [];
    if (tables) for (let i = 0; i < tables.methodCount; i++) this.roots.push(null);
    for (let i = 0; i < this.slots.length; i++) this.bind(this.spelled[i], this.slots[i]);
  }

  /** Node of a method's arguments; null: none of them is asked for. */
  root(method: i32): ArgumentNode | null { return unchecked(this.roots[method]); }

  /** True if by the IDL of now some method has an argument of this name (`args.user.id`, in lower case). */
  knows(spelled: string): bool { return this.bind(spelled, -1); }

  /** Arguments of this name have this slot from now on, also by an IDL that comes later. */
  add(spelled: string, slot: i32): void {
    if (this.slots.includes(slot)) return;
    this.spelled.push(spelled);
    this.slots.push(slot);
    this.bind(spelled, slot);
  }

  /** True if some method has such an argument. `slot` -1: it is only looked for. */
  private bind(spelled: string, slot: i32): bool {
    const tables = this.tables, path = spelled.substring(ARGS_PREFIX.length).split(".");
    if (!tables || path.length > MAX_NAMES) return false;
    let found = false;
    for (let method = 0; method < tables.methodCount; method++) {
      const struct = tables.argumentsOf(method);
      if (!this.reach(struct, path, 0, null, -1)) continue;
      found = true;
      if (slot < 0) return true;
      let root = this.roots[method];
      if (!root) this.roots[method] = root = new ArgumentNode();
      this.reach(struct, path, 0, root, slot);
    }
    return found;
  }

  /** Follows the names from a struct on, through lists and sets; with a node it marks the way. */
  private reach(struct: i32, path: string[], at: i32, node: ArgumentNode | null, slot: i32): bool {
    const tables = this.tables!, fields = tables.named(struct, path[at]);
    let found = false;
    for (let i = 0; i < fields.length; i++) {
      const type = itemOf(tables, tables.typeOfField(fields[i])), last = at == path.length - 1, kind = tables.kind(type);
      const fits = last ? isScalar(kind) : kind == Binary.STRUCT && this.reach(tables.first(type), path, at + 1, null, -1);
      if (!fits) continue;
      found = true;
      if (!node) continue;
      const child = node.child(fields[i]);
      if (last) child.slot = slot;
      else this.reach(tables.first(type), path, at + 1, child, slot);
    }
    return found;
  }
}

/** Type of the items of a list or set of lists or sets; of others itself. */
export function itemOf(tables: Tables, type: i32): i32 {
  let at = type;
  for (let i = 0; i < MAX_NAMES && at >= FIRST_TYPE && (tables.kind(at) == Binary.LIST || tables.kind(at) == Binary.SET); i++) at = tables.first(at);
  return at;
}

/** Texts, whole numbers and booleans have values that a rule can ask for; doubles have several spellings. */
function isScalar(kind: i32): bool {
  return kind == Binary.STRING || kind == Binary.BOOL || kind == Binary.BYTE || kind == Binary.I16 || kind == Binary.I32 || kind == Binary.I64;
}
