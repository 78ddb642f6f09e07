import { Filter } from "./chain";
import { Cluster } from "./cluster";
import { Codec, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Failure } from "./failure";
import { Mutation } from "./mutation";
import { RouteTable } from "./routes/table";
import { Stats } from "./stats";

/** Milliseconds and counts of docs/config.md, `limits`. */
@final
export class Limits {
  laneOpenMs: i32 = 5000;
  beatMs: i32 = 30000;
  maxLanes: i32 = 32;
  laneMaxAgeMs: i32 = 600000;
  maxOpen: i32 = 65536;
}

/** One plugin configuration, ready for use: what all connections of a listener share. */
@final
export class Service {
  clusters: Cluster[] = [];
  routes: RouteTable = new RouteTable();
  filters: Filter[] = [];
  limits: Limits = new Limits();
  /** Bytes that the codec cannot read at all pass unread, to this cluster; null: they end the connection. */
  opaqueCluster: Cluster | null = null;
  maxHead: i32;
  /** Callbacks do not nest: one frame for each direction and one mutation serve all connections. */
  requestFrame: Frame = new Frame();
  responseFrame: Frame = new Frame();
  mutation: Mutation = new Mutation();

  constructor(public codec: Codec, public stats: Stats) {
    this.maxHead = codec.traits.maxHead;
  }

  /** The request side of the filter chain; null: go on. */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    for (let i = 0; i < this.filters.length; i++) {
      const failure = unchecked(this.filters[i]).onRequest(x, f, mutation);
      if (failure) return failure;
    }
    return null;
  }

  /** The reply side, last filter first, then the route's own changes. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    for (let i = this.filters.length - 1; i >= 0; i--) unchecked(this.filters[i]).onReply(x, f, mutation);
    const response = x.response;
    if (response) mutation.addAll(response);
    this.stats.replies.add();
  }
}
