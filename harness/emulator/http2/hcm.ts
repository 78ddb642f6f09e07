import { Peer } from "../abi.ts";
import type { Connection, Sink } from "../connection.ts";
import { Flag, frame, FrameReader, PREFACE, settings, Type, u32, type Frame } from "./frames.ts";
import { decodeHeaders, encodeHeaders } from "./hpack.ts";
import { Lane } from "./lane.ts";

export interface HcmOptions {
  /** Called for each CONNECT stream; it may answer at once or later. */
  onLane?: (lane: Lane) => void;
  /** `initial_stream_window_size`, bytes. */
  streamWindow?: number;
  /** `initial_connection_window_size`, bytes. */
  connectionWindow?: number;
  /** `custom_settings_parameters` 5, bytes: the longest payload of a frame; absent: 16,384, and nothing is said of it. */
  maxFrame?: number;
  /** False: PINGs stay in `pings` until `answerPings`. */
  pong?: boolean;
}

/** Resets of its own lanes after which Envoy cuts a filter's connection off ("premature resets"), and queued PING ACKs. */
const MAX_RESETS = 250, MAX_PINGS = 10_000;

/** What `takeErrors` and every later call throw: the filter broke HTTP/2 or a limit of Envoy's. */
export class Http2Error extends Error {}

/**
 * The HTTP connection manager as a filter with lanes meets it: an HTTP/2 server that accepts CONNECT. It answers from inside
 * of the filter's push, in one write per push, as Envoy does. Breaking the protocol or a window throws Http2Error.
 */
export class FakeHcm implements Sink {
  readonly lanes: Lane[] = [];
  /** What the filter may be sent on the whole connection. */
  credit = 65535;
  /** SETTINGS of the filter, by id. */
  readonly peer: Record<number, number> = {};
  /** PINGs not answered yet. */
  pings: Buffer[] = [];
  /** PINGs that came so far. */
  pingCount = 0;
  goneAway: number | null = null;
  readonly streamWindow: number;
  private readonly connectionWindow: number;
  private connection: Connection | null = null;
  private readonly reader: FrameReader;
  private preface = Buffer.alloc(0);
  private started = false;
  private acknowledged = false;
  private window = 0;
  private unread = 0;
  private resets = 0;
  private wroteHeaders = false;
  private block: { stream: number; parts: Buffer[]; end: boolean } | null = null;
  private output: Buffer[] = [];
  private busy = 0;

  constructor(private readonly options: HcmOptions = {}) {
    this.streamWindow = options.streamWindow ?? 4 << 20;
    this.connectionWindow = options.connectionWindow ?? 0x7fffffff;
    this.reader = new FrameReader(options.maxFrame);
  }

  data(connection: Connection, bytes: Buffer): void {
    this.connection = connection;
    this.batch(() => {
      const rest = this.takePreface(bytes);
      if (rest.length > 0) this.reader.read(rest, each => this.frame(each));
    });
  }

  close(): void {
    for (const lane of this.open()) lane.takeReset(8);
  }

  /** Lanes that are not over. */
  open(): Lane[] { return this.lanes.filter(lane => !lane.done); }

  lane(id: number): Lane | undefined { return this.lanes.find(lane => lane.id === id); }

  /** Lets several writes leave as one, as in one turn of Envoy's event loop. */
  batch(run: () => void): void {
    this.busy++;
    try {
      run();
    } finally {
      this.busy--;
    }
    this.leave();
  }

  /** Sends the ACKs of held PINGs: bells ring. */
  answerPings(): void {
    this.write(...this.pings.splice(0).map(payload => frame(Type.Ping, Flag.Ack, 0, payload)));
  }

  /** Envoy drains: first 2^31-1 while streams may still open, then the last stream. */
  goAway(last = 0x7fffffff, code = 0): void {
    this.goneAway = last;
    this.write(frame(Type.GoAway, 0, 0, Buffer.concat([u32(last), u32(code)])));
  }

  /** For lanes. */
  write(...frames: Buffer[]): void {
    this.output.push(...frames);
    if (this.busy === 0) this.leave();
  }

  /** For lanes. */
  headers(stream: number, headers: Record<string, string>, end: boolean): void {
    const block = encodeHeaders(headers, !this.wroteHeaders);
    this.wroteHeaders = true;
    this.write(frame(Type.Headers, Flag.EndHeaders | (end ? Flag.EndStream : 0), stream, block));
  }

  private leave(): void {
    const bytes = Buffer.concat(this.output.splice(0));
    if (bytes.length > 0) this.connection?.upstream(bytes);
  }

  private takePreface(bytes: Buffer): Buffer {
    if (this.started) return bytes;
    this.preface = Buffer.concat([this.preface, bytes]);
    const length = Math.min(this.preface.length, PREFACE.length);
    this.must(this.preface.subarray(0, length).equals(PREFACE.subarray(0, length)), "the connection does not start with the HTTP/2 preface");
    if (length < PREFACE.length) return Buffer.alloc(0);
    this.started = true;
    const { maxFrame } = this.options, largest: Record<number, number> = maxFrame === undefined ? {} : { 5: maxFrame };
    this.write(settings({ 3: 0x7fffffff, 4: this.streamWindow, ...largest, 8: 1 }));
    if (this.connectionWindow > 65535) this.write(frame(Type.Window, 0, 0, u32(this.connectionWindow - 65535)));
    this.window = this.connectionWindow;
    return this.preface.subarray(PREFACE.length);
  }

  private frame({ type, flags, stream, payload }: Frame): void {
    this.must(!this.block || (type === Type.Continuation && stream === this.block.stream), "another frame in the middle of a header block");
    switch (type) {
      case Type.Data: return this.dataFrame(stream, payload, (flags & Flag.EndStream) !== 0);
      case Type.Headers:
        this.must((flags & (Flag.Padded | Flag.Priority)) === 0, "HEADERS with padding or priority, which this peer does not read");
        this.block = { stream, parts: [payload], end: (flags & Flag.EndStream) !== 0 };
        return this.endOfBlock(flags);
      case Type.Continuation:
        this.must(this.block !== null, "CONTINUATION without HEADERS");
        this.block?.parts.push(payload);
        return this.endOfBlock(flags);
      case Type.Reset: return this.resetFrame(stream, payload);
      case Type.Settings: return this.settingsFrame(flags, payload);
      case Type.Ping: return this.pingFrame(flags, payload);
      case Type.Window: return this.windowFrame(stream, payload);
      case Type.Push: return this.must(false, "PUSH_PROMISE from a client");
      default: return;
    }
  }

  private endOfBlock(flags: number): void {
    if (!this.block || !(flags & Flag.EndHeaders)) return;
    const { stream, parts, end } = this.block;
    this.block = null;
    this.must(stream % 2 === 1 && stream > (this.lanes.at(-1)?.id ?? -1), `stream ${stream} does not follow the ones before it`);
    this.must(this.goneAway === null || stream <= this.goneAway, `stream ${stream} opened after GOAWAY`);
    const headers = decodeHeaders(Buffer.concat(parts));
    this.must(headers[":method"] === "CONNECT" && ":authority" in headers, `not a CONNECT request: ${JSON.stringify(headers)}`);
    const window = this.acknowledged ? this.streamWindow : 65535;
    const lane = new Lane(this, stream, headers, window, this.peer[4] ?? 65535);
    this.lanes.push(lane);
    this.options.onLane?.(lane);
    if (end) lane.take(Buffer.alloc(0), true);
  }

  private dataFrame(stream: number, payload: Buffer, end: boolean): void {
    const lane = this.lane(stream);
    this.must(lane !== undefined, `DATA on stream ${stream}, which was never opened`);
    this.window -= payload.length;
    this.unread += payload.length;
    this.must(this.window >= 0, `DATA oversteps the connection window by ${-this.window} bytes`);
    if (this.unread >= this.connectionWindow / 2) {
      this.window += this.unread;
      this.write(frame(Type.Window, 0, 0, u32(this.unread)));
      this.unread = 0;
    }
    if (!lane || lane.done) return;
    this.must(!lane.ended, `DATA on stream ${stream} after its END_STREAM`);
    this.must(payload.length <= lane.window, `DATA oversteps the window of stream ${stream} by ${payload.length - lane.window} bytes`);
    lane.take(payload, end);
  }

  private resetFrame(stream: number, payload: Buffer): void {
    const lane = this.lane(stream);
    this.must(lane !== undefined && payload.length === 4, `RST_STREAM on stream ${stream}, which was never opened`);
    if (!lane || lane.done) return;
    lane.takeReset(payload.readUInt32BE(0));
    this.must(++this.resets <= MAX_RESETS, `${this.resets} lanes reset by the filter: Envoy cuts such a connection off`);
  }

  private settingsFrame(flags: number, payload: Buffer): void {
    if (flags & Flag.Ack) {
      this.must(payload.length === 0, "SETTINGS ACK with a payload");
      if (!this.acknowledged) for (const lane of this.lanes) lane.window += this.streamWindow - 65535;
      this.acknowledged = true;
      return;
    }
    this.must(payload.length % 6 === 0, "SETTINGS of a wrong size");
    const before = this.peer[4] ?? 65535;
    for (let at = 0; at < payload.length; at += 6) this.peer[payload.readUInt16BE(at)] = payload.readUInt32BE(at + 2);
    for (const lane of this.lanes) lane.credit += (this.peer[4] ?? 65535) - before;
    this.write(frame(Type.Settings, Flag.Ack, 0));
  }

  private pingFrame(flags: number, payload: Buffer): void {
    this.must(payload.length === 8, "PING of a wrong size");
    if (flags & Flag.Ack) return;
    this.pingCount++;
    this.pings.push(payload);
    this.must(this.pings.length <= MAX_PINGS, `${this.pings.length} PINGs in one push: Envoy cuts such a connection off`);
    if (this.options.pong ?? true) this.answerPings();
  }

  private windowFrame(stream: number, payload: Buffer): void {
    const more = payload.length === 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    this.must(more > 0, "WINDOW_UPDATE of nothing");
    const lane = stream === 0 ? null : this.lane(stream);
    this.must(lane !== undefined, `WINDOW_UPDATE on stream ${stream}, which was never opened`);
    if (lane) lane.credit += more;
    else this.credit += more;
    this.must((lane ?? this).credit <= 0x7fffffff, `the window of stream ${stream} grew past 2^31-1`);
    for (const each of this.open()) each.flush();
  }

  private must(holds: boolean, otherwise: string): void {
    if (holds) return;
    const error = new Http2Error(otherwise);
    this.connection?.close(Peer.Local);
    throw error;
  }
}

