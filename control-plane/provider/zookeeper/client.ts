import { createClient, type Client } from "node-zookeeper-client";

const SESSION_MS = 15_000;
const SPIN_MS = 500;

/** What the library keeps to itself (1.1.3, lib/ConnectionManager.js). */
interface Manager {
  socket?: { destroy(): void };
  connectTimeoutHandler?: NodeJS.Timeout;
  connect(): void;
  onSocketConnected(): void;
  onSocketData(bytes: Buffer): void;
  onSocketClosed(): void;
}

const managerOf = (client: Client): Manager => (client as unknown as { connectionManager: Manager }).connectionManager;

/** A client whose library throws where it cannot read what a server says: that is told to `broken`, not thrown out of a socket's event. */
export function newClient(servers: string, broken: (why: string) => void): Client {
  const client = createClient(servers, { sessionTimeout: SESSION_MS, spinDelay: SPIN_MS, retries: 0 });
  const manager = managerOf(client), read = manager.onSocketData.bind(manager);
  manager.onSocketData = (bytes) => {
    try {
      read(bytes);
    } catch (error) {
      broken(`cannot be understood: ${(error as Error).message}`);
    }
  };
  return client;
}

/**
 * Ends a client in whatever state it is. Its own `close`, called while it connects again, takes the answer to that for an answer to
 * something else, and throws.
 */
export function discard(client: Client): void {
  const manager = managerOf(client);
  manager.connect = manager.onSocketData = manager.onSocketClosed = () => undefined;
  // a connection that is only about to be made
  manager.onSocketConnected = () => manager.socket?.destroy();
  clearTimeout(manager.connectTimeoutHandler);
  manager.socket?.destroy();
}
