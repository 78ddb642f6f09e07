import { Filter } from "./chain";
import { Cluster } from "./cluster";
import { Codec, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Failure } from "./failure";
import { Mutation } from "./mutation";
import { RouteTable } from "./routes/table";
import { Stats } from "./stats";

/** An idle connection takes some 3 KiB; with more of them than this, Envoy's 1 GiB for a VM would not do beside `vmBytes`. */
export const MAX_CONNECTIONS: i32 = 98304;

/** Milliseconds and counts of docs/config.md, `limits`. */
@final
export class Limits {
  laneOpenMs: i32 = 5000;
  beatMs: i32 = 30000;
  maxLanes: i32 = 32;
  laneMaxAgeMs: i32 = 600000;
  maxOpen: i32 = 65536;
  drainMs: i32 = 10000;
  /** Bytes that one connection and one VM keep at most; what is more is shed, the largest first. */
  connectionBytes: i32 = 16 << 20;
  vmBytes: i32 = 256 << 20;
  /** Connections of one VM; further ones are closed at once. */
  maxConnections: i32 = MAX_CONNECTIONS;
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
  /** Upstream of kind inline. */
  inline: bool = false;
  /** Some route gives answers only so much time. */
  hasTimeouts: bool = false;
  /** Milliseconds between ticks. */
  tickMs: i32 = 1000;
  maxHead: i32;
  /** Callbacks do not nest: one frame for each direction and one mutation serve all connections. */
  requestFrame: Frame = new Frame();
  responseFrame: Frame = new Frame();
  mutation: Mutation = new Mutation();

  constructor(public codec: Codec, public stats: Stats) {
    this.maxHead = codec.traits.maxHead;
  }

  /** The filter that the last `onRequest` ended with. */
  lastFilter: i32 = 0;

  /** It says where requests go; inline, it may leave that to the tcp_proxy. */
  get isRouted(): bool { return this.clusters.length > 0 && this.clusters[0].name.length > 0; }

  /** The request side of the filter chain, from one filter on; null: go on. */
  onRequest(from: i32, x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    for (let i = from; i < this.filters.length; i++) {
      const failure = unchecked(this.filters[i]).onRequest(x, f, mutation);
      if (!failure) continue;
      this.lastFilter = i;
      return failure;
    }
    return null;
  }

  onTick(): void {
    for (let i = 0; i < this.filters.length; i++) if (this.filters[i].tickMs > 0) this.filters[i].onTick();
    this.stats.flush();
  }

  /** The reply side, last filter first, then the route's own changes. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    for (let i = this.filters.length - 1; i >= 0; i--) unchecked(this.filters[i]).onReply(x, f, mutation);
    const response = x.response;
    if (response) mutation.addAll(response);
    this.stats.replies.add();
  }
}
