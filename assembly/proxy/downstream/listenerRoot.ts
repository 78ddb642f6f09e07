import { connectionCount } from "../../context/contexts";
import { NetworkContext, RootContext } from "../../context/context";
import { Action } from "../../env/enums";
import { setTickPeriod } from "../../host/clock";
import { logError } from "../../host/log";
import { closeDownstream, selectContext } from "../../host/stream";
import { Cluster } from "../cluster/cluster";
import { readListener, updateListener } from "../config/reader";
import { Connection } from "./connection";
import { ConnectionBase } from "./connectionBase";
import { DrainWatcher } from "./drain";
import { addHoarder, anyHoarder, forgetHoarder, Hoard, Hoarder, isFull, isSurelyFull, shedVm, tidy } from "./overload";
import { now, refreshNow } from "../runtime/clock";
import { trimCallbackBuffers } from "../runtime/callbackBuffers";
import { Listener } from "../config/listener";
import { after, TickScheduler, fireTimers, nextDue, setTickScheduler, Timer } from "../runtime/timers";
import { Subscription, Taker } from "../xds/subscription";

/** While connections leave, they are looked after more often. */
const LEAVING_TICK_MS: i32 = 20;

/** A listener of one protocol: takes the plugin configuration and makes its connections. */
@final
export class ListenerRoot extends RootContext implements TickScheduler, Taker, Hoarder, DrainWatcher {
  private service: Listener | null = null;
  private connections: Set<Connection> = new Set<Connection>();
  private leaving: Set<Connection> = new Set<Connection>();
  private tickMs: i32 = 0;
  private nextTick: u64 = 0;
  private subscription: Subscription | null = null;

  onConfigure(configuration: string): string | null {
    refreshNow();
    const result = readListener(configuration);
    if (result.service === null) return result.error;
    const service = result.service!, feed = result.feed;
    this.service = service;
    this.setTick(service.tickMs);
    addHoarder(this);
    setTickScheduler(this);
    if (feed === null) return null;
    const subscription = new Subscription(feed, this, service.name, service.demand), demand = service.demand;
    this.subscription = subscription;
    if (demand) demand.attach(subscription);
    subscription.start();
    if (service.isWaiting) after(feed.waitMs, new Patience(this));
    return null;
  }

  contextId(): u32 { return this.id; }

  clusters(): Cluster[] {
    const service = this.service;
    return service === null ? [] : service.clusters;
  }

  /** A further configuration: in force for the next request of every connection, or refused as a whole. */
  take(configuration: string): string | null {
    const service = this.service;
    if (service === null) return "the listener has no configuration";
    refreshNow();
    const waited = service.isWaiting, mistake = updateListener(service, configuration);
    if (mistake.length > 0) return mistake;
    this.follow(waited);
    this.setTick(this.nextPeriod(service, this.leaving.size > 0));
    return null;
  }

  /** No configuration has come in time: requests wait no longer. */
  goOn(): void {
    const service = this.service;
    if (service === null || !service.isWaiting) return;
    service.isWaiting = false;
    this.follow(true);
  }

  private follow(waited: bool): void {
    const connections = this.connections.values();
    for (let i = 0; i < connections.length; i++) connections[i].follow(waited);
  }

  createNetworkContext(id: u32): NetworkContext {
    const service = this.service;
    if (service === null) {
      logError("connection without a configuration");
      return new Refused(id, this);
    }
    const limits = service.limits;
    if (isFull(limits.vmBytes)) shedVm(id, limits.vmBytes);
    if (connectionCount() >= limits.maxConnections || isSurelyFull(limits.vmBytes)) {
      service.stats.shed.add();
      return new Refused(id, this);
    }
    if (this.connections.size == 0) refreshNow();
    const connection = new Connection(id, this, service, this);
    this.connections.add(connection);
    return connection;
  }

  forget(connection: ConnectionBase): void {
    this.connections.delete(changetype<Connection>(connection));
    this.leaving.delete(changetype<Connection>(connection));
  }

  watch(connection: ConnectionBase): void { this.leaving.add(changetype<Connection>(connection)); }

  onTick(): void {
    const service = this.service;
    if (!service) return;
    if (refreshNow() >= this.nextTick || this.tickMs == service.tickMs) this.tickAll(service);
    fireTimers(now());
    const leaving = this.leaving.values();
    for (let i = 0; i < leaving.length; i++) leaving[i].leave();
    this.setTick(this.nextPeriod(service, leaving.length > 0));
  }

  private nextPeriod(service: Listener, leaving: bool): i32 {
    const period = leaving ? min(service.tickMs, LEAVING_TICK_MS) : service.tickMs, due = nextDue();
    return due >= now() + <u64>period ? period : <i32>(due - min(due, now())) + 1;
  }

  /** A timer is due before the next tick, perhaps: that can be seen to only with this root selected. */
  rescheduleSooner(): void { this.wake(); }

  onWake(): void {
    const service = this.service;
    refreshNow();
    if (service) this.setTick(this.nextPeriod(service, this.leaving.size > 0));
  }

  private tickAll(service: Listener): void {
    this.nextTick = now() + <u64>service.tickMs;
    const connections = this.connections.values();
    for (let i = 0; i < connections.length; i++) connections[i].tick();
    tidy(service.limits.vmBytes);
    trimCallbackBuffers();
    service.onTick();
    const subscription = this.subscription;
    if (subscription) subscription.onTick();
  }

  private setTick(ms: i32): void {
    if (ms == this.tickMs) return;
    this.tickMs = ms;
    // A connection that was looked after may still be selected.
    selectContext(this.id);
    setTickPeriod(ms);
  }

  onDelete(): void {
    forgetHoarder(this);
    setTickScheduler(changetype<ListenerRoot | null>(anyHoarder()));
    const service = this.service, subscription = this.subscription;
    if (service) service.onTick();
    if (subscription) subscription.stop();
  }

  largest(): Hoard | null {
    const connections = this.connections.values();
    let largest: Connection | null = null;
    for (let i = 0; i < connections.length; i++) {
      if (largest === null || connections[i].weight() > largest.weight()) largest = connections[i];
    }
    return largest;
  }
}

/** Closed before a byte of it is read: the VM is full, or Envoy has taken a configuration that `onConfigure` refused. */
@final
class Refused extends NetworkContext {
  onNewConnection(): Action {
    closeDownstream();
    return Action.Pause;
  }
}

/** The end of the time that requests wait for the first configuration. */
@final
class Patience extends Timer {
  constructor(private root: ListenerRoot) { super(); }
  fire(): void { this.root.goOn(); }
}
