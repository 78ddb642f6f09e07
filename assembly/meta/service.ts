import { Cluster } from "./cluster";
import { Codec, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Facts } from "./facts";
import { Filters } from "./filters";
import { Mutation } from "./mutation";
import { RouteTable } from "./routes/table";
import { Stats } from "./stats";

/** An idle connection takes some 3 KiB; with more of them than this, Envoy's 1 GiB for a VM would not do beside `vmBytes`. */
export const MAX_CONNECTIONS: i32 = 98304;

/** How long a mirror may take to answer before its lane is given up. */
export const MIRROR_MS: i32 = 10_000;

/** Milliseconds and counts of docs/config.md, `limits`. */
@final
export class Limits {
  laneOpenMs: i32 = 5000;
  beatMs: i32 = 30000;
  maxLanes: i32 = 32;
  laneMaxAgeMs: i32 = 600000;
  maxOpen: i32 = 65536;
  drainMs: i32 = 10000;
  /** Without anything under way: connections of clients, and lanes; 0: for ever. */
  idleMs: i32 = 0;
  laneIdleMs: i32 = 0;
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
  filters: Filters = new Filters();
  /** What metadata tells beside what the codec reads. */
  facts: Facts = new Facts();
  /** Filters ask for an exact clock. */
  timed: bool = false;
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

  /** Something may take so many milliseconds, and is given up then. */
  expires(ms: i32): void {
    this.hasTimeouts = true;
    this.tickMs = min(this.tickMs, max(10, ms >> 3));
  }

  /** It says where requests go; inline, it may leave that to the tcp_proxy. */
  get isRouted(): bool { return this.clusters.length > 0 && this.clusters[0].name.length > 0; }

  onTick(): void {
    this.filters.onTick();
    this.stats.flush();
  }

  /** The reply side: filters, then the route's own changes. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    if (x.seen) this.filters.onReply(x, f, mutation);
    const route = x.route, response = route ? route.response : null;
    if (response) response.apply(x, f, x.kept, mutation);
    this.stats.replies.add();
  }
}
