import { Connection, Refusal } from "../connection.ts";
import { buffer, int, text } from "../jute.ts";

const CREATE = 1, DELETE = 2;
const NODE_EXISTS = -110;
/** Who may do all with a node: everybody, or the user that makes it. */
const ALL = [int(1), int(31), text("world"), text("anyone")], OWNER = [int(1), int(31), text("auth"), text("")];

/** Writes to ZooKeeper as Dubbo's servers do. */
export class ZooKeeperWriter {
  private constructor(private readonly connection: Connection) {}

  static async open(server: string, auth?: string): Promise<ZooKeeperWriter> {
    return new ZooKeeperWriter(await Connection.open(server, auth));
  }

  /** With its session, and the ephemeral nodes of it. */
  close(): void { this.connection.close(); }

  /** And all nodes above it, where there are none. */
  async make(path: string): Promise<void> {
    const parts = path.split("/").slice(1);
    for (let depth = 1; depth <= parts.length; depth++) {
      await this.create(`/${parts.slice(0, depth).join("/")}`).catch((error: unknown) => { if (!(error instanceof Refusal && error.code === NODE_EXISTS)) throw error; });
    }
  }

  create(path: string, { ephemeral = false, owned = false } = {}): Promise<void> { return this.done(CREATE, path, [buffer(Buffer.alloc(0)), ...(owned ? OWNER : ALL), int(ephemeral ? 1 : 0)]); }

  remove(path: string): Promise<void> { return this.done(DELETE, path, [int(-1)]); }

  private done(op: number, path: string, rest: Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => this.connection.ask(op, path, rest, (error) => (error ? reject(error) : resolve())));
  }
}
