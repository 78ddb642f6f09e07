/** Numbers of HTTP/2 (RFC 9113) that a lane needs. */
export enum FrameType {
  Data = 0,
  Headers = 1,
  Priority = 2,
  ResetStream = 3,
  Settings = 4,
  PushPromise = 5,
  Ping = 6,
  GoAway = 7,
  WindowUpdate = 8,
  Continuation = 9,
}

export const END_STREAM: u8 = 1;
export const ACK: u8 = 1;
export const END_HEADERS: u8 = 4;
export const PADDED: u8 = 8;

/** Bytes of a frame header (section 4.1). */
export const HEADER: i32 = 9;
/** Longest payload of a frame that both sides take without asking (section 4.2). */
export const MAX_PAYLOAD: i32 = 16384;
/** Longest payload of DATA that the filter takes, and sends where the connection manager takes it: fewer frames cost less. */
export const MAX_DATA: i32 = 1 << 20;
/** Largest window (section 6.9.1). */
export const MAX_WINDOW: i32 = 0x7fffffff;
/** Window of a new connection (section 6.9.2). */
export const FIRST_WINDOW: i32 = 65535;
