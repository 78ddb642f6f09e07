import { Writer } from "../../bytes/writer";
import { Buffer } from "../../env/enums";
import { SpliceBuffer } from "../runtime/spliceBuffer";
import { clientIn } from "../runtime/callbackBuffers";
import {
  ACK, END_HEADERS, END_STREAM, FIRST_WINDOW, FrameType, HEADER, MAX_DATA, MAX_PAYLOAD, MAX_WINDOW,
} from "./frames";

/** Bytes that a lane may send before the connection manager gives some back: initial_stream_window_size of its config. */
export const SEND_WINDOW: i32 = 4 << 20;
/** Bytes of replies that a lane may have on their way before the filter gives some back. */
export const RECEIVE_WINDOW: i32 = 4 << 20;

const PREFACE: string = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/**
 * The frames of one push, towards the connection manager. One for the whole VM: it is reset when a callback begins
 * and handed on when it ends. Consecutive bytes for one lane share DATA frames.
 */
@final
export class FrameWriter {
  buffer: SpliceBuffer = new SpliceBuffer(Buffer.Downstream, clientIn);
  private bytes: Writer = this.buffer.writer();
  /** The stream whose DATA frame is last in `bytes` and may still grow, and where that frame begins. */
  private openStream: u32 = 0;
  private openAt: i32 = 0;
  private openLength: i32 = 0;
  /** Longest payload of DATA. */
  private most: i32 = MAX_PAYLOAD;

  /** `most`: the longest payload that the connection manager takes. */
  begin(most: i32): void {
    this.most = min(most, MAX_DATA);
    this.reset();
  }

  reset(): void {
    this.buffer.reset();
    this.openStream = 0;
  }

  get length(): i32 { return this.buffer.length; }

  /** Preface, SETTINGS, and at once the ACK of the server's own, so that its windows hold from the first byte. */
  open(): void {
    this.bytes.text(PREFACE);
    this.header(24, FrameType.Settings, 0, 0);
    this.setting(1, 0);              // SETTINGS_HEADER_TABLE_SIZE
    this.setting(2, 0);              // SETTINGS_ENABLE_PUSH
    this.setting(4, RECEIVE_WINDOW); // SETTINGS_INITIAL_WINDOW_SIZE
    this.setting(5, MAX_DATA);       // SETTINGS_MAX_FRAME_SIZE
    this.header(0, FrameType.Settings, ACK, 0);
    this.window(0, MAX_WINDOW - FIRST_WINDOW);
  }

  headers(stream: u32, block: Writer): void {
    this.header(block.length, FrameType.Headers, END_HEADERS, stream);
    this.bytes.bytes(block.base, block.length);
  }

  data(stream: u32, at: usize, length: i32): void {
    const buffer = this.buffer;
    while (length > 0) {
      let room = this.openStream == stream && buffer.continues(at) ? this.most - this.openLength : 0;
      if (room <= 0) {
        this.header(0, FrameType.Data, 0, stream);
        this.openAt = this.bytes.length - HEADER;
        this.openStream = stream;
        this.openLength = 0;
        room = this.most;
      }
      const part = min(room, length);
      buffer.bytes(at, part);
      this.grow(part);
      at += part;
      length -= part;
    }
  }

  /** Ends a lane the quiet way: too many resets make the connection manager close the connection. */
  end(stream: u32): void { this.header(0, FrameType.Data, END_STREAM, stream); }

  /** Gives up a lane that still waits for its connection (RST_STREAM with CANCEL). */
  cancel(stream: u32): void {
    this.header(4, FrameType.ResetStream, 0, stream);
    this.bytes.u32(8);
  }

  window(stream: u32, increment: i32): void {
    this.header(4, FrameType.WindowUpdate, 0, stream);
    this.bytes.u32(increment);
  }

  /** A write probe: its ACK is a chance to write to the client. */
  ping(): void {
    this.header(8, FrameType.Ping, 0, 0);
    this.bytes.u64(0);
  }

  private header(length: i32, type: FrameType, flags: u8, stream: u32): void {
    this.openStream = 0;
    this.buffer.settle();
    this.bytes.u24(length);
    this.bytes.u8(type);
    this.bytes.u8(flags);
    this.bytes.u32(stream);
  }

  private setting(id: i32, value: u32): void {
    this.bytes.u16(id);
    this.bytes.u32(value);
  }

  /** The DATA frame that is open has more bytes. */
  private grow(bytes: i32): void {
    const length = this.openLength + bytes;
    this.openLength = length;
    this.bytes.patch8(this.openAt, length >> 16);
    this.bytes.patch16(this.openAt + 1, length & 0xffff);
  }
}
