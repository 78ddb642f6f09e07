import { Action, Peer } from "./abi.ts";
import type { Bytes } from "./bytes.ts";
import type { Context, Root } from "./context.ts";
import { Properties } from "./properties.ts";
import type { Vm } from "./vm.ts";

/** The next filter in the chain. It may write back at once, from inside of `data`, as the connection manager does. */
export interface Sink {
  open?(connection: Connection): void;
  data(connection: Connection, bytes: Buffer, end: boolean): void;
  close?(connection: Connection): void;
}

const NOTHING = Buffer.alloc(0);

/** One client connection behind the Wasm network filter. Bytes that the filter pauses on stay in its read buffer. */
export class Connection implements Context {
  readonly connection = this;
  readonly http = null;
  readonly properties: Properties;
  /** Filter state set through foreign function `set_envoy_filter_state`, by path. */
  readonly filterState = new Map<string, { value: string; span: number }>();
  closed = false;
  /** Who ended it: 1 the filter or the next one (local), 2 the client (remote). */
  closedBy: number = Peer.Unknown;
  /** What the guest sees as downstream and upstream data; null: none, host calls answer BAD_ARGUMENT. */
  downstreamBuffer: Bytes | null = null;
  upstreamBuffer: Bytes | null = null;
  private readonly readBuffer: Bytes = { bytes: NOTHING };
  private held = NOTHING;
  private ended = false;
  /** The next filter has been told that the client ended its side: what it gets later, it drops. */
  endForwarded = false;
  private nextOpen = false;
  private forwarded: Buffer[] = [];
  private written: Buffer[] = [];

  constructor(private readonly vm: Vm, readonly id: number, readonly root: Root, private readonly sink: Sink | null) {
    this.properties = new Properties(root.properties);
  }

  /** Runs context creation and `proxy_on_new_connection`; for the emulator. */
  start(): void {
    this.vm.call("proxy_on_context_create", this, this.id, this.root.id);
    if ((this.vm.call("proxy_on_new_connection", this, this.id) ?? Action.Continue) === Action.Continue) this.openNext();
  }

  /** Bytes from the client. Returns what went on to the next filter because of them. */
  downstream(bytes: Uint8Array | string, end = false): Buffer {
    if (this.closed) return NOTHING;
    this.vm.forget();
    const seen = this.forwarded.length;
    this.readBuffer.bytes = Buffer.concat([this.readBuffer.bytes, Buffer.from(bytes as Uint8Array)]);
    this.ended ||= end;
    this.downstreamBuffer = this.readBuffer;
    const action = this.vm.call("proxy_on_downstream_data", this, this.id, this.readBuffer.bytes.length, this.ended ? 1 : 0);
    if ((action ?? Action.Continue) === Action.Continue) {
      this.downstreamBuffer = null;
      this.passOn();
    }
    return Buffer.concat(this.forwarded.slice(seen));
  }

  /** Bytes from the next filter. Returns what goes to the client. */
  upstream(bytes: Uint8Array | string, end = false): Buffer {
    if (this.closed) return NOTHING;
    const buffer = { bytes: Buffer.concat([this.held, Buffer.from(bytes as Uint8Array)]) };
    this.held = NOTHING;
    this.upstreamBuffer = buffer;
    this.vm.writes++;
    let action: number | undefined;
    try {
      action = this.vm.call("proxy_on_upstream_data", this, this.id, buffer.bytes.length, end ? 1 : 0);
      if (end) this.vm.call("proxy_on_upstream_connection_close", this, this.id, Peer.Unknown);
    } finally {
      this.vm.writes--;
    }
    if (action === Action.Pause) {
      this.held = buffer.bytes;
      return NOTHING;
    }
    this.upstreamBuffer = null;
    if (buffer.bytes.length > 0) this.written.push(buffer.bytes);
    return buffer.bytes;
  }

  /** The connection's end: the client's (remote) or, for sinks and host calls, Envoy's own. */
  close(by: number = Peer.Remote): void {
    if (this.closed) return;
    this.closed = true;
    this.closedBy = by;
    this.vm.call("proxy_on_downstream_connection_close", this, this.id, by);
    this.vm.call("proxy_on_done", this, this.id);
    this.vm.call("proxy_on_log", this, this.id);
    this.vm.call("proxy_on_delete", this, this.id);
    this.sink?.close?.(this);
  }

  /** The VM died: the client sees its end. */
  fail(): void {
    if (this.closed) return;
    this.closed = true;
    this.closedBy = Peer.Local;
    this.sink?.close?.(this);
  }

  /** Hands the read buffer, and the client's end with it, to the next filter: `proxy_continue_stream(DOWNSTREAM)`, after its callback. */
  passOn(): void {
    if (this.closed) return;
    this.openNext();
    const bytes = this.readBuffer.bytes;
    if (bytes.length === 0 && !this.ended) return;
    this.readBuffer.bytes = NOTHING;
    if (!this.endForwarded) this.forwarded.push(bytes);
    this.endForwarded ||= this.ended;
    this.sink?.data(this, bytes, this.ended);
  }

  /** Bytes that Envoy still holds because the filter paused: more than its buffer limit would stop the client. */
  get waiting(): number { return this.readBuffer.bytes.length; }

  /** All that the client got since the last call. */
  takeWritten(): Buffer { return Buffer.concat(this.written.splice(0)); }

  /** All that the next filter got since the last call. */
  takeForwarded(): Buffer { return Buffer.concat(this.forwarded.splice(0)); }

  private openNext(): void {
    if (this.nextOpen) return;
    this.nextOpen = true;
    this.sink?.open?.(this);
  }
}
