import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { ACK, END_HEADERS, END_STREAM, FrameType, HEADER, MAX_DATA, MAX_PAYLOAD, PADDED } from "./frames";

/** What the connection manager's frames say, one call each. */
export interface FrameHandler {
  /** Bytes of a lane, as they come: a DATA frame may arrive in several calls. */
  onData(stream: u32, at: usize, length: i32): void;
  onHeaders(stream: u32, at: usize, length: i32): void;
  /** The server's side of the lane has ended. */
  onEnd(stream: u32): void;
  onReset(stream: u32, code: u32): void;
  onWindow(stream: u32, increment: i32): void;
  /** The longest payload of a frame that the connection manager takes. */
  onMaxFrame(size: i32): void;
  onPingAck(): void;
  onGoAway(lastStream: u32, code: u32): void;
}

/**
 * Splits what the connection manager writes into frames, however it is cut. DATA is handed on without being kept; other
 * frames are gathered first, at most one frame's length.
 */
@final
export class FrameReader {
  /** What has come of a frame header; null unless one was cut. */
  private header: Writer | null = null;
  /** Payload of a frame that is gathered; null unless one was cut. */
  private payload: Writer | null = null;
  private type: FrameType = FrameType.Data;
  private flags: u8 = 0;
  private stream: u32 = 0;
  /** Bytes of the current frame's payload still to come; -1 between frames. */
  private left: i32 = -1;

  /** Takes bytes; false if they are not what a well-behaved HTTP/2 server sends. */
  feed(at: usize, length: i32, handler: FrameHandler): bool {
    const end = at + length;
    while (at < end || this.left == 0) {
      if (this.left < 0) {
        const taken = this.takeHeader(at, <i32>(end - at));
        if (taken < 0) return false;
        at += taken;
        if (this.left < 0) break;
      }
      const part = min(this.left, <i32>(end - at));
      if (this.type == FrameType.Data) {
        this.left -= part;
        if (part) handler.onData(this.stream, at, part);
      } else if (!this.gather(at, part, handler)) {
        return false;
      }
      at += part;
      if (this.left == 0) {
        this.left = -1;
        if (this.type == FrameType.Data && (this.flags & END_STREAM)) handler.onEnd(this.stream);
      }
    }
    return true;
  }

  /** Gives the memory back; perhaps not for the last time. */
  free(): void {
    this.dropHeader();
    giveBuffer(this.payload);
    this.payload = null;
  }

  private dropHeader(): void {
    giveBuffer(this.header);
    this.header = null;
  }

  /** Reads a frame header, whole or in parts; returns the bytes taken, -1 if it cannot be one. */
  private takeHeader(at: usize, length: i32): i32 {
    let header = this.header, p = at, taken = HEADER;
    if (header !== null || length < HEADER) {
      if (header === null) this.header = header = takeBuffer();
      taken = min(HEADER - header.length, length);
      header.bytes(at, taken);
      if (header.length < HEADER) return taken;
      p = header.base;
    }
    const size = <i32>(bswap<u32>(load<u32>(p)) >> 8);
    this.type = <FrameType>load<u8>(p, 3);
    this.flags = load<u8>(p, 4);
    this.stream = bswap<u32>(load<u32>(p, 5)) & 0x7fffffff;
    this.dropHeader();
    if (size > (this.type == FrameType.Data ? MAX_DATA : MAX_PAYLOAD)) return -1;
    if (this.type == FrameType.Data && (this.flags & PADDED)) return -1;
    this.left = size;
    return taken;
  }

  private gather(at: usize, part: i32, handler: FrameHandler): bool {
    const whole = part == this.left;
    let payload = this.payload;
    if (whole && (payload === null || payload.length == 0)) {
      this.left = 0;
      return this.dispatch(at, part, handler);
    }
    if (payload === null) this.payload = payload = takeBuffer();
    payload.bytes(at, part);
    this.left -= part;
    if (this.left > 0) return true;
    const length = payload.length;
    payload.reset();
    return this.dispatch(payload.base, length, handler);
  }

  private dispatch(at: usize, length: i32, handler: FrameHandler): bool {
    const stream = this.stream;
    switch (this.type) {
      case FrameType.Headers: {
        if (!(this.flags & END_HEADERS) || (this.flags & PADDED)) return false;
        handler.onHeaders(stream, at, length);
        if (this.flags & END_STREAM) handler.onEnd(stream);
        return true;
      }
      case FrameType.ResetStream: {
        if (length != 4) return false;
        handler.onReset(stream, bswap<u32>(load<u32>(at)));
        return true;
      }
      case FrameType.WindowUpdate: {
        if (length != 4) return false;
        handler.onWindow(stream, <i32>(bswap<u32>(load<u32>(at)) & 0x7fffffff));
        return true;
      }
      case FrameType.Settings: {
        for (let i = 0; i + 6 <= length; i += 6) {
          const value = bswap<u32>(load<u32>(at + i, 2));
          if (bswap<u16>(load<u16>(at + i)) == 5) handler.onMaxFrame(<i32>min<u32>(value, MAX_DATA));
        }
        return true;
      }
      case FrameType.Ping: {
        if (this.flags & ACK) handler.onPingAck();
        return true;
      }
      case FrameType.GoAway: {
        if (length < 8) return false;
        handler.onGoAway(bswap<u32>(load<u32>(at)) & 0x7fffffff, bswap<u32>(load<u32>(at, 4)));
        return true;
      }
      default: return true; // the rest asks for nothing; `Output.open` has answered SETTINGS already
    }
  }
}
