import { isAlias, isMap, isPair, isScalar, isSeq, type Alias, type Document, type Node } from "yaml";

/** What one source may cost at most. Aliases count as what they stand for. */
export const MOST = { jsonBytes: 16 << 20, yamlBytes: 8 << 20, nodes: 1_000_000, depth: 64, mistakes: 20 };

/** What is wrong with a source as a whole, and the offset in its text. */
export class Excess extends Error {
  constructor(message: string, readonly offset = 0) { super(message); }
}

export const tooManyNodes = (offset?: number): Excess => new Excess(`more than ${MOST.nodes} values, with aliases expanded`, offset);
export const tooDeep = (offset?: number): Excess => new Excess(`more than ${MOST.depth} levels of nested objects and lists`, offset);

/** Of a node with all below it. */
interface Extent { nodes: number; depth: number }
const ONE: Extent = { nodes: 1, depth: 1 };

/**
 * Looks once at all nodes of a file's documents, before anybody reads them: the cost of reading follows from what is found here. The library's own checks
 * take quadratic time (keys that come twice) or throw in the middle of reading (aliases).
 */
export class Survey {
  /** What each alias stands for: the library looks through the whole document for each. */
  readonly targets = new Map<Alias, Node>();
  /** Offsets of keys that come twice in one object. */
  readonly twice: number[] = [];
  private anchors = new Map<string, { node: Node; extent: Extent | undefined }>();
  private nodes = 0;

  /** Throws an Excess. */
  add(yaml: Document): void {
    this.anchors = new Map();
    this.nodes += this.extent(yaml.contents, 0).nodes;
    if (this.nodes > MOST.nodes) throw tooManyNodes();
  }

  private extent(node: unknown, above: number): Extent {
    if (isAlias(node)) return this.alias(node, above);
    if (isScalar(node)) return this.named(node, ONE);
    if (!isMap(node) && !isSeq(node)) return ONE;
    const at = node.range?.[0];
    if (above >= MOST.depth) throw tooDeep(at);
    // until its end is known, an alias to it leads in a circle
    this.named(node, undefined);
    if (isMap(node)) this.keys(node.items);
    let nodes = 1, depth = 0;
    for (const part of (node.items as unknown[]).flatMap((item) => (isPair(item) ? [item.key, item.value] : [item]))) {
      const inner = this.extent(part, above + 1);
      nodes += inner.nodes;
      depth = Math.max(depth, inner.depth);
      if (nodes > MOST.nodes) throw tooManyNodes(at);
    }
    return this.named(node, { nodes, depth: depth + 1 });
  }

  private named<T extends Extent | undefined>(node: Node & { anchor?: string }, extent: T): T {
    if (node.anchor !== undefined) this.anchors.set(node.anchor, { node, extent });
    return extent;
  }

  private alias(alias: Alias, above: number): Extent {
    const at = alias.range?.[0], target = this.anchors.get(alias.source);
    if (target?.extent === undefined) throw new Excess("an alias without an earlier anchor, or to an object that contains it", at);
    if (above + target.extent.depth > MOST.depth) throw tooDeep(at);
    this.targets.set(alias, target.node);
    return target.extent;
  }

  private keys(pairs: readonly { key: unknown }[]): void {
    const seen = new Set<unknown>();
    for (const { key } of pairs) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) this.twice.push(key.range?.[0] ?? 0);
      seen.add(key.value);
    }
  }
}
