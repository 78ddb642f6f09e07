import { NetworkContext } from "../context/network";
import { RootContext } from "../context/root";
import { setTickPeriod } from "../host/clock";
import { logError } from "../host/log";
import { readService } from "./config";
import { Connection } from "./connection";
import { refreshNow } from "./scratch";
import { Service } from "./service";

const TICK_MS: u32 = 1000;

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
    setTickPeriod(TICK_MS);
    return null;
  }

  createNetworkContext(id: u32): NetworkContext {
    const service = this.service;
    if (service === null) {
      logError("connection without a configuration");
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
    if (service) service.stats.flush();
  }
}

/** Cannot happen while Envoy refuses what `onConfigure` refused. */
@final
class Refused extends NetworkContext {}
