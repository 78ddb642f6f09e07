/** A client of a network filter on the emulator, with tcp_proxy and the TCP server behind the filter. */
import { type Connection, type Emulator, type Root } from "../../harness/emulator/index.ts";
import type { Client } from "./case.ts";
import { tcp } from "./servers.ts";

export class EmulatedClient implements Client {
  readonly connection: Connection;
  private got = "";
  /** tcp_proxy reads nothing before it has been told of the connection. */
  private unread: string | null = "";
  private serverEnded = false;
  private ended = false;

  constructor(private readonly emulator: Emulator, root: Root, private readonly served: unknown[], private readonly act: (task: () => void) => void) {
    this.connection = emulator.newConnection(root, {
      open: () => emulator.post(() => this.opened()),
      data: (_connection, bytes, end) => emulator.post(() => emulator.dead || this.serve(bytes.toString(), end)),
    });
    act(() => undefined);
  }

  write(text: string): Promise<void> {
    this.act(() => {
      if (this.unread === null) this.connection.downstream(text);
      else this.unread += text;
    });
    return Promise.resolve();
  }

  end(): Promise<void> {
    this.ended = true;
    this.act(() => this.connection.downstream("", true));
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    if (this.unread === null) this.act(() => this.connection.close());
    return Promise.resolve();
  }

  first(): Promise<string> { return this.read(); }

  read(): Promise<string> { return Promise.resolve(this.got += this.connection.takeWritten().toString()); }

  /** Both sides have ended: the one that is last closes. */
  closed(): Promise<string> {
    if (!this.serverEnded && !this.connection.closed) throw new Error("the connection is still open");
    if (!this.connection.closed) this.act(() => {
      this.connection.downstream("", true);
      this.connection.close();
    });
    return this.read();
  }

  private opened(): void {
    const text = this.unread;
    this.unread = null;
    if (text && !this.emulator.dead) this.connection.downstream(text);
  }

  private serve(text: string, end: boolean): void {
    if (text) this.served.push(text);
    const { write, close } = tcp(text);
    if (write) this.connection.upstream(write);
    if (this.serverEnded || (!close && !end)) return;
    this.serverEnded = true;
    this.connection.upstream("", true);
    if (this.ended) this.connection.close(1);
  }
}
