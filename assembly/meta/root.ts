import { connectionCount } from "../context/contexts";
import { NetworkContext } from "../context/network";
import { RootContext } from "../context/root";
import { Action } from "../env/enums";
import { setTickPeriod } from "../host/clock";
import { logError } from "../host/log";
import { closeDownstream } from "../host/stream";
import { readService } from "./config";
import { Connection } from "./connection";
import { addRoot, forgetRoot } from "./memory";
import { refreshNow } from "./scratch";
import { Service } from "./service";

/** A listener of one protocol: takes the plugin configuration and makes its connections. */
@final
export class ServiceRoot extends RootContext {
  private service: Service | null = null;
  private connections: Set<Connection> = new Set<Connection>();

  onConfigure(configuration: string): string | null {
    refreshNow();
    const result = readService(configuration);
    if (result.service === null) return result.error;
    this.service = result.service;
    setTickPeriod(result.service!.tickMs);
    addRoot(this);
    return null;
  }

  createNetworkContext(id: u32): NetworkContext {
    const service = this.service;
    if (service === null) {
      logError("connection without a configuration");
      return new Refused(id, this);
    }
    if (connectionCount() >= service.limits.maxConnections) {
      service.stats.shed.add();
      return new Refused(id, this);
    }
    if (this.connections.size == 0) refreshNow();
    const connection = new Connection(id, this, service);
    this.connections.add(connection);
    return connection;
  }

  forget(connection: Connection): void { this.connections.delete(connection); }

  onTick(): void {
    refreshNow();
    const connections = this.connections.values();
    for (let i = 0; i < connections.length; i++) connections[i].tick();
    const service = this.service;
    if (service) service.onTick();
  }

  onDelete(): void { forgetRoot(this); }

  /** The connection that keeps the most bytes; null: there is none. */
  largestConnection(): Connection | null {
    const connections = this.connections.values();
    let largest: Connection | null = null;
    for (let i = 0; i < connections.length; i++) {
      if (largest === null || connections[i].stored > largest.stored) largest = connections[i];
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
