import { Cluster } from "../cluster/cluster";
import { Codec } from "../../codec/codec";
import { Direction } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { DesiredConfig } from "./desired";
import { Exchange } from "../exchange/exchange";
import { ListenerState } from "../exchange/listenerState";
import { FilterInstance } from "../filter/chain";
import { Json, JsonKind } from "../../bytes/json";
import { logWarn } from "../../host/log";
import { Problems } from "../../bytes/problems";
import { sameJson } from "../../bytes/sameJson";
import { Mutation } from "../../codec/mutation";
import { ConfigSnapshot, snapshotOf, wantedBy } from "./snapshot";
import { routeOf } from "../route/table";
import { Demand } from "../xds/onDemand";
import { Stats } from "../runtime/stats";

/** What all connections of a listener share, whatever version of its rules is in force. */
@final
export class Listener extends ListenerState {
  private byName: Map<string, Cluster> = new Map<string, Cluster>();
  /** Those before it that some request still goes by. */
  private older: ConfigSnapshot[] = [];
  private installed: FilterInstance[] = [];
  /** No rules have come yet: requests wait for them. */
  isWaiting: bool = false;
  /** None have come at all. */
  isBlank: bool = false;
  /** Services that are asked for when they are first used; null: none are. */
  demand: Demand | null = null;
  private options: Json = new Json(JsonKind.Object);
  /** The codec has not read them yet. */
  private changed: bool = false;
  /** The log has the codec's advice for answers that wait for older ones. */
  private isAdvised: bool = false;
  /** Of any version that some request goes by. */
  timed: bool = false;
  hasTimeouts: bool = false;
  /** Milliseconds between ticks. */
  tickMs: i32 = 1000;

  constructor(codec: Codec, stats: Stats, name: string) { super(codec, stats, name, new ConfigSnapshot()); }

  get snapshot(): ConfigSnapshot { return changetype<ConfigSnapshot>(this.rules); }

  /** It says where requests go; inline, it may leave that to the tcp_proxy. */
  get isRouted(): bool { return this.isWaiting || (this.clusters.length > 0 && this.clusters[0].name.length > 0); }

  /** The cluster of a name that is in force; null: there is none. */
  cluster(name: string): Cluster | null { return this.byName.has(name) ? this.byName.get(name) : null; }

  /** Puts a configuration in force: all at once, for the next request. */
  install(update: DesiredConfig): void {
    const before = this.snapshot, filters = update.rules.filters;
    this.takeClusters(update);
    this.changed = !sameJson(update.options, this.options);
    this.options = update.options;
    this.limits = update.limits;
    this.opaqueCluster = update.opaqueCluster;
    this.rawCalls = update.rawCalls;
    this.rules = update.rules;
    for (let i = 0; i < filters.length; i++) {
      const installed = filters.at(i);
      if (installed.users++ == 0) this.installed.push(installed);
    }
    this.older.push(before);
    this.isWaiting = false;
    this.isBlank = false;
    this.dropUnused();
    this.refresh();
    const demand = this.demand;
    if (demand) demand.look(update.rules.absent);
  }

  onTick(): void {
    for (let i = 0; i < this.installed.length; i++) if (this.installed[i].filter.tickMs > 0) this.installed[i].filter.onTick();
    if (this.older.length > 0 && this.dropUnused()) this.refresh();
    this.stats.flush();
  }

  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    if (x.seen) snapshotOf(x).filters.onReply(x, f, mutation);
    const route = routeOf(x), response = route ? route.response : null;
    if (response) response.apply(x, f, x.kept, mutation);
    this.stats.replies.add();
  }

  /** Tells people once what they may do about it. */
  onOvertaken(older: Exchange): void {
    this.stats.overtakingReplies.add();
    if (this.isAdvised) return;
    this.isAdvised = true;
    const advice = this.codec.overtaken(older);
    if (advice.length) logWarn("service " + this.name + ": " + advice);
  }

  anyCluster(): Cluster | null {
    const fallback = this.snapshot.routes.fallback;
    return fallback ? fallback.clusters[0] : this.clusters.length > 0 ? this.clusters[0] : null;
  }

  private configure(guarded: bool): void {
    this.changed = false;
    this.isAdvised = false;
    this.codec.guarded = guarded;
    this.codec.configure(this.options, new Problems());
    this.maxHead = this.codec.traits.maxHead;
  }

  /** Known clusters become what the update says; those that it does not have are gone. */
  private takeClusters(update: DesiredConfig): void {
    const before = this.clusters, all = update.clusters, taken = new Set<i32>();
    this.clusters = all;
    this.byName = new Map<string, Cluster>();
    for (let i = 0; i < before.length; i++) before[i].isGone = true;
    for (let i = 0; i < all.length; i++) {
      all[i].isGone = false;
      this.byName.set(all[i].name, all[i]);
      if (all[i].index >= 0) taken.add(all[i].index);
    }
    let free = 0;
    for (let i = 0; i < all.length; i++) {
      while (all[i].index < 0) if (!taken.has(free++)) all[i].index = free - 1;
      if (all[i] !== update.targets[i]) all[i].become(update.targets[i]);
    }
  }

  /** Versions that nobody goes by any more; true: there were some. */
  private dropUnused(): bool {
    const older = this.older;
    let kept = 0;
    for (let i = 0; i < older.length; i++) {
      if (older[i].users > 0) older[kept++] = older[i];
      else this.drop(older[i]);
    }
    const some = kept < older.length;
    older.length = kept;
    return some;
  }

  private drop(rules: ConfigSnapshot): void {
    for (let i = 0; i < rules.filters.length; i++) {
      const installed = rules.filters.at(i);
      if (--installed.users > 0) continue;
      installed.filter.onTick();
      this.installed.splice(this.installed.indexOf(installed), 1);
    }
  }

  /** What holds for all versions in use. */
  private refresh(): void {
    const all = this.older.concat([this.snapshot]);
    let guarded = false;
    this.timed = false;
    this.hasTimeouts = false;
    this.tickMs = 1000;
    for (let i = 0; i < all.length; i++) {
      guarded = guarded || all[i].filters.guards;
      this.timed = this.timed || all[i].timed;
      this.hasTimeouts = this.hasTimeouts || all[i].hasTimeouts;
      this.tickMs = min(this.tickMs, all[i].tickMs);
    }
    if (this.changed || guarded != this.codec.guarded) this.configure(guarded);
    this.requestFrame.wanted = wantedBy(all, this.codec, Direction.Request);
    this.responseFrame.wanted = wantedBy(all, this.codec, Direction.Response);
  }
}
