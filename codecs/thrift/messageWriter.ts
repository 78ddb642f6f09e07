/** Writes the messages that the codec itself sends, in the transport and protocol of the request that they are about. */
import { Writer } from "../../assembly/bytes/writer";
import { COMPACT_FIRST, COMPACT_VERSION, Header, Protocol, Transport } from "./constants";
import { writeVarint } from "./errors";

/** What is remembered of a request in `Frame.a`: its transport and protocol, and the flags of its THeader that an answer repeats. */
export function shapeOf(transport: i32, protocol: i32, flags: i32): u64 {
  return <u64>(transport | (protocol << 2) | ((flags & Header.OUT_OF_ORDER) << 4));
}
/** Bits of it: the request asks whether its server knows Finagle's headers, or stands behind such a struct, as its answer will. */
export const PROBES: u64 = 1 << 8;
export const UPGRADED: u64 = 1 << 9;
export function transportOf(shape: u64): i32 { return <i32>(shape & 3); }
export function protocolOf(shape: u64): i32 { return <i32>(shape >> 2) & 3; }

/** And in `Frame.b`: its sequence id, and that of its THeader. */
export function idsOf(seqid: u32, headerSeqid: u32): u64 { return <u64>seqid | (<u64>headerSeqid << 32); }

/** Writes all but the struct and returns where the message begins, for `endMessage`. */
export function beginMessage(out: Writer, shape: u64, ids: u64, type: i32, nameAt: usize, nameLength: i32): i32 {
  const start = out.length, transport = transportOf(shape), protocol = protocolOf(shape), seqid = <u32>ids;
  if (transport != Transport.UNFRAMED) out.u32(0);
  if (transport == Transport.HEADER) {
    out.u16(Header.MAGIC);
    out.u16(<i32>(shape >> 4));
    out.u32(<u32>(ids >> 32));
    out.u16(1);
    out.u8(protocol == Protocol.COMPACT ? Header.COMPACT : Header.BINARY);
    out.u8(0); // transforms
    out.u16(Header.PADDING);
  }
  // No headers.
  if (shape & UPGRADED) out.u8(0);
  if (protocol == Protocol.COMPACT) {
    out.u8(COMPACT_FIRST);
    out.u8((type << 5) | COMPACT_VERSION);
    writeVarint(out, <u64>seqid);
    writeVarint(out, <u64>nameLength);
    out.bytes(nameAt, nameLength);
    return start;
  }
  if (protocol == Protocol.BINARY) out.u32(0x8001_0000 | <u32>type);
  out.u32(nameLength);
  out.bytes(nameAt, nameLength);
  if (protocol == Protocol.OLD_BINARY) out.u8(type);
  out.u32(seqid);
  return start;
}

/** Fills in the length, where the transport tells it. */
export function endMessage(out: Writer, start: i32, shape: u64): void {
  if (transportOf(shape) != Transport.UNFRAMED) out.patch32(start, out.length - start - 4);
}
