import { Frame } from "../../../assembly/codec/index";
import { Binary } from "../constants";
import { ArgumentNode } from "./keys";
import { Tables } from "./tables";
import { Values } from "./values";

/** Fields asked for in one struct that are told apart, in words of 64 bits: a listener has 256 keys. */
const WORDS: i32 = 4;

/**
 * Turns the arguments that rules ask for into metadata while a checked message is read once more, whole. What a server takes
 * for some default is hidden. One serves a whole codec.
 */
@final
export class ArgumentReader {
  /** The value that comes next is asked for, or something in it. */
  private next: ArgumentNode | null = null;
  private depth: i32 = 0;
  private nodes: Array<ArgumentNode | null> = [];
  /** By depth: bit n, if the n-th field asked for was seen. */
  private seen: StaticArray<u64>;
  private tables: Tables | null = null;
  private frame: Frame | null = null;
  private values: Values = new Values();

  /** `most`: structs and containers in one another. */
  constructor(most: i32) {
    this.seen = new StaticArray<u64>(most * WORDS);
    for (let i = 0; i < most; i++) this.nodes.push(null);
  }

  begin(tables: Tables, root: ArgumentNode, f: Frame): void {
    this.tables = tables;
    this.frame = f;
    this.depth = 0;
    this.next = root;
    this.values.reset();
  }

  get isAsked(): bool { return this.next !== null; }

  /** What comes next is not asked for. */
  pass(): void { this.next = null; }

  /** A field begins. False: for the second time, and who reads it may take either. */
  field(field: i32): bool {
    const top = this.depth - 1, node = unchecked(this.nodes[top]), place = node ? node.place(field) : -1;
    if (place < 0) return true;
    this.next = unchecked(node!.nodes[place]);
    if (place >= WORDS * 64) return true;
    const word = top * WORDS + (place >> 6), bit = <u64>1 << (place & 63), seen = unchecked(this.seen[word]);
    unchecked(this.seen[word] = seen | bit);
    return (seen & bit) == 0;
  }

  /** An item of what stands open begins. */
  item(): void { this.next = unchecked(this.nodes[this.depth - 1]); }

  /** A value of such a type of the binary protocol begins: see Values.put. */
  value(kind: i32, compact: bool, wireType: i32, at: usize): void {
    const node = this.next, inside = kind >= Binary.STRUCT && kind <= Binary.LIST;
    if (node && node.slot >= 0 && !inside) this.values.put(this.frame!, node.slot, kind, compact, wireType, at);
  }

  open(): void {
    const at = this.depth++;
    unchecked(this.nodes[at] = this.next);
    for (let i = 0; i < WORDS; i++) unchecked(this.seen[at * WORDS + i] = 0);
  }

  close(struct: bool): void {
    const top = --this.depth, node = unchecked(this.nodes[top]);
    if (!node || !struct) return;
    for (let i = 0; i < node.fields.length; i++) {
      if (!this.wasSeen(top, i) && !this.tables!.canBeAbsent(unchecked(node.fields[i]))) hideAll(unchecked(node.nodes[i]), this.frame!);
    }
  }

  private wasSeen(depth: i32, place: i32): bool {
    return place < WORDS * 64 && (unchecked(this.seen[depth * WORDS + (place >> 6)]) >> (place & 63) & 1) != 0;
  }
}

/** The arguments asked for at and below a node are there or not: nobody knows. */
export function hideAll(node: ArgumentNode, f: Frame): void {
  if (node.slot >= 0) f.hide(node.slot);
  for (let i = 0; i < node.nodes.length; i++) hideAll(unchecked(node.nodes[i]), f);
}
