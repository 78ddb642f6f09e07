import { Codec } from "../../codec/codec";
import { Frame } from "../../codec/frame";
import { Mutation } from "../../codec/mutation";
import { Cluster } from "../cluster/cluster";
import { Limits } from "../runtime/limits";
import { Stats } from "../runtime/stats";
import { Exchange } from "./exchange";
import { ConfigVersion } from "./rulesVersion";

/** What all connections of a listener share, as far as what is below its configuration must know of it. */
export abstract class ListenerState {
  clusters: Cluster[] = [];
  /** In force for new requests. */
  rules: ConfigVersion;
  limits: Limits = new Limits();
  /** Bytes that the codec cannot read at all pass unread, to this cluster; null: they end the connection. */
  opaqueCluster: Cluster | null = null;
  /** The body of an HTTP call to a cluster goes to its server as raw bytes. */
  rawCalls: bool = false;
  /** Upstream of kind inline. */
  inline: bool = false;
  maxHead: i32;
  /** Callbacks do not nest: one frame for each direction and one mutation serve all connections. */
  requestFrame: Frame = new Frame();
  responseFrame: Frame = new Frame();
  mutation: Mutation = new Mutation();

  constructor(public codec: Codec, public stats: Stats, public name: string, rules: ConfigVersion) {
    this.rules = rules;
    this.maxHead = codec.traits.maxHead;
  }

  /** The reply side: filters, then the route's own changes. */
  abstract onReply(x: Exchange, f: Frame, mutation: Mutation): void;
  /** A reply has come before that to an older request of its lane, and waits for it. */
  abstract onOvertaken(older: Exchange): void;
  /** Where requests go that no rule matches, or the first of all clusters; null: there is none. */
  abstract anyCluster(): Cluster | null;
}
