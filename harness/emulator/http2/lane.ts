import { Flag, frame, MAX_PAYLOAD, Type, u32 } from "./frames.ts";

/** The connection that a lane is a stream of. */
export interface LaneCarrier {
  /** Bytes that the filter may still be sent on all streams together, its settings by number, and the window of one stream. */
  credit: number;
  readonly peer: Record<number, number>;
  readonly streamWindow: number;
  headers(stream: number, headers: Record<string, string>, end: boolean): void;
  write(...frames: Buffer[]): void;
}

/** One CONNECT stream as the server side sees it: stands for an upstream connection of Envoy. */
export class Lane {
  /** The filter sent END_STREAM. */
  ended = false;
  /** Error code of the filter's RST_STREAM. */
  reset: number | null = null;
  /** Told of the filter's bytes as they come. */
  onData: (bytes: Buffer) => void = () => {};
  onEnd: () => void = () => {};
  onReset: (code: number) => void = () => {};
  /** False: bytes are kept but no window is given back, as with a server that does not read. */
  reading = true;
  /** What the filter may still send. */
  window: number;
  /** What it may be sent. */
  credit: number;
  private accepted = false;
  private finished = false;
  private unread = 0;
  private queue: Buffer[] = [];
  private chunks: Buffer[] = [];

  constructor(private readonly hcm: LaneCarrier, readonly id: number, readonly headers: Record<string, string>, window: number, credit: number) {
    this.window = window;
    this.credit = credit;
  }

  /** All bytes that the filter sent so far. */
  get received(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  /** Both directions are over. */
  get done(): boolean { return this.finished; }

  /** The upstream connection is up: response headers. `upstream` is the address that Envoy reports. */
  accept(upstream = "127.0.0.1:1", more: Record<string, string> = {}): void {
    if (this.accepted || this.finished) return;
    this.accepted = true;
    this.hcm.headers(this.id, { ":status": "200", "x-meltemi-upstream": upstream, ...more }, false);
  }

  /** Bytes from the server, as far as the filter's window goes; the rest follows when it gives more. */
  send(bytes: Uint8Array | string): void {
    if (this.finished) return;
    this.accept();
    this.queue.push(Buffer.from(bytes as Uint8Array));
    this.flush();
  }

  /** The server closed: END_STREAM, then RST_STREAM without error, as Envoy does for CONNECT. */
  end(): void {
    if (this.finished) return;
    this.accept();
    this.finished = true;
    this.hcm.write(frame(Type.Data, Flag.EndStream, this.id), frame(Type.Reset, 0, this.id, u32(0)));
  }

  /** The stream is reset by Envoy. */
  abort(code = 2): void {
    if (this.finished) return;
    this.finished = true;
    this.hcm.write(frame(Type.Reset, 0, this.id, u32(code)));
  }

  /** No upstream connection: Envoy's local reply with its text, then the reset. Flags: UF, UH, UO; NC comes without a body. */
  fail(status: number, flags: string, details: string, text = "upstream connect error or disconnect/reset before headers"): void {
    if (this.finished) return;
    this.finished = true;
    const bare = flags === "NC";
    this.hcm.headers(this.id, { ":status": String(status), "x-meltemi-flags": flags, "x-meltemi-details": details }, bare);
    if (!bare) this.hcm.write(frame(Type.Data, Flag.EndStream, this.id, Buffer.from(text)));
    this.hcm.write(frame(Type.Reset, 0, this.id, u32(flags === "UF" ? 10 : 0)));
  }

  /** Reads on after `reading` was false, and gives the window back. */
  resume(): void {
    this.reading = true;
    this.giveBack();
  }

  /** For the connection: bytes of a DATA frame. */
  take(bytes: Buffer, end: boolean): void {
    this.chunks.push(bytes);
    this.unread += bytes.length;
    this.window -= bytes.length;
    if (bytes.length > 0) this.onData(bytes);
    if (end) {
      this.ended = true;
      this.onEnd();
    }
    if (this.reading) this.giveBack();
  }

  /** For the connection: the filter's reset. */
  takeReset(code: number): void {
    this.reset = code;
    this.finished = true;
    this.onReset(code);
  }

  /** For the connection: more window from the filter. */
  flush(): void {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      const size = Math.min(next.length, this.credit, this.hcm.credit, this.hcm.peer[5] ?? MAX_PAYLOAD);
      if (size <= 0 && next.length > 0) return;
      this.credit -= size;
      this.hcm.credit -= size;
      this.hcm.write(frame(Type.Data, 0, this.id, next.subarray(0, size)));
      if (size === next.length) this.queue.shift();
      else this.queue[0] = next.subarray(size);
    }
  }

  /** Bytes that wait for the filter's window. */
  get waiting(): number { return this.queue.reduce((sum, bytes) => sum + bytes.length, 0); }

  /** nghttp2 gives back once half of the window is used. */
  private giveBack(): void {
    if (this.unread === 0 || this.unread < this.hcm.streamWindow / 2 || this.ended || this.finished) return;
    this.window += this.unread;
    this.hcm.write(frame(Type.Window, 0, this.id, u32(this.unread)));
    this.unread = 0;
  }
}
