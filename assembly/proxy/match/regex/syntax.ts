import { CodePoints } from "./codepoints";

/** UTF-16 units of a pattern, at most. */
export const MAX_PATTERN: i32 = 8192;
/** Groups inside each other, at most. */
export const MAX_NESTING: i32 = 64;
/** Largest count of a repetition, as in RE2. */
export const MAX_COUNT: i32 = 1000;
/** Stands for "any number" in `most`. */
export const UNBOUNDED: i32 = -1;

export enum Op { Empty = 0, Set = 1, Sequence = 2, Either = 3, Repeat = 4, Begin = 5, End = 6 }

/** A part of a pattern. */
@final
export class Node {
  nodes: Node[] = [];
  set: CodePoints | null = null;
  least: i32 = 0;
  most: i32 = 0;

  constructor(public op: Op) {}
}

export function setNode(set: CodePoints): Node {
  const node = new Node(Op.Set);
  node.set = set.normalize();
  return node;
}

/** One of several nodes, without a list around it if it is the only one. */
export function listNode(op: Op, nodes: Node[]): Node {
  if (nodes.length == 0) return new Node(Op.Empty);
  if (nodes.length == 1) return nodes[0];
  const node = new Node(op);
  node.nodes = nodes;
  return node;
}
