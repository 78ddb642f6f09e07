import type { Demanded } from "./snapshot.ts";
import type { XdsNode } from "./node.ts";
import type { NodeInfo, Stream } from "./stream.ts";

/** Streams of one id that come from one place. */
interface Party {
  key: string;
  id: string;
  /** Envoys' own streams: each is a node by itself, whatever others say that use its id. */
  envoys: Map<Stream, XdsNode>;
  filters: Set<Stream>;
  /** Has the filters while their Envoy cannot be determined: none is there yet, or more than one. */
  apart?: XdsNode | undefined;
}

/**
 * Whose streams belong together. What a stream says of itself (hosts, what it refuses) holds for its own node. Filters, which say only the id, are of the
 * one Envoy that has it and comes from where they do, and their tables come in step with its clusters. Of several such Envoys none can tell which is theirs:
 * then they are served by themselves.
 */
export class Parties {
  readonly nodes = new Set<XdsNode>();
  private readonly parties = new Map<string, Party>();
  private readonly homes = new Map<Stream, Party>();

  /** `make`: a node that is served from then on. `refresh`: what its filters ask for has changed. */
  constructor(private readonly make: (info: NodeInfo, demanded: Demanded, demands: (stream: Stream, demanded: Demanded) => void) => XdsNode, private readonly refresh: (node: XdsNode) => void) {}

  /** `place`: whoever comes from another is another. */
  join(stream: Stream, info: NodeInfo, place: string): void {
    const key = `${place}\n${info.id}`, party = this.parties.get(key) ?? { key, id: info.id, envoys: new Map(), filters: new Set() };
    this.parties.set(key, party);
    this.homes.set(stream, party);
    if (stream.isFilter) party.filters.add(stream);
    else {
      const node = this.add(party, info);
      party.envoys.set(stream, node);
      node.add(stream);
    }
    this.settle(party);
  }

  leave(stream: Stream): void {
    const party = this.homes.get(stream);
    if (party === undefined) return;
    this.homes.delete(stream);
    party.filters.delete(stream);
    stream.home?.leave(stream);
    const own = party.envoys.get(stream);
    party.envoys.delete(stream);
    this.settle(party);
    if (own) this.drop(own);
    if (stream.demanded.size > 0) this.demand(party);
    if (party.envoys.size + party.filters.size === 0) this.parties.delete(party.key);
  }

  /** Filters go where they belong now. */
  private settle(party: Party): void {
    const [only] = party.envoys.size === 1 ? party.envoys.values() : [], { apart, filters } = party;
    if (filters.size > 0) {
      const home = only ?? apart ?? (party.apart = this.add(party, { id: party.id, cluster: "" }));
      for (const stream of filters) if (stream.home !== home) home.add(stream);
    }
    if (apart === undefined || (only === undefined && filters.size > 0)) return;
    party.apart = undefined;
    this.drop(apart);
  }

  private demand(party: Party): void {
    const demanded = together([...party.filters, ...party.envoys.keys()].map((stream) => stream.demanded));
    for (const node of [...party.envoys.values(), ...(party.apart ? [party.apart] : [])]) {
      node.demanded = demanded;
      this.refresh(node);
    }
  }

  private add(party: Party, info: NodeInfo): XdsNode {
    const demanded = together([...party.filters].map((stream) => stream.demanded));
    const node = this.make(info, demanded, (stream, asked) => {
      if (isSame(stream.demanded, asked)) return;
      stream.demanded = asked;
      this.demand(party);
    });
    this.nodes.add(node);
    return node;
  }

  private drop(node: XdsNode): void {
    node.stop();
    this.nodes.delete(node);
  }
}

function together(all: readonly Demanded[]): Demanded {
  const union = new Map<string, Set<string>>();
  for (const [listener, names] of all.flatMap((demanded) => [...demanded])) {
    const known = union.get(listener);
    if (known) for (const name of names) known.add(name);
    else union.set(listener, new Set(names));
  }
  return union;
}

function isSame(one: Demanded, other: Demanded): boolean {
  return one.size === other.size && [...one].every(([listener, names]) => other.get(listener)?.size === names.size && [...names].every((name) => other.get(listener)!.has(name)));
}
