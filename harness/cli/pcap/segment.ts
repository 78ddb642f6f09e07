import type { Packet } from "./file.ts";

/** One TCP segment. Addresses as `127.0.0.1:80` or `[::1]:80`. */
export interface Segment {
  from: string;
  to: string;
  fromPort: number;
  toPort: number;
  sequence: number;
  syn: boolean;
  ack: boolean;
  /** FIN or RST. */
  end: boolean;
  payload: Buffer;
  /** Bytes of the payload that the capture did not keep. */
  lost: number;
}

const ETHERNET = 1, NULL = 0, LOOP = 108, LINUX_SLL = 113, LINUX_SLL2 = 276;
const RAW = new Set([12, 14, 101, 228, 229]);
const IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = new Set([0x8100, 0x88a8, 0x9100]);
const TCP = 6;
/** IPv6 extension headers that may stand before TCP: hop-by-hop, routing, destination options, authentication. */
const EXTENSIONS = new Set([0, 43, 60, 51]);

/** Link types that `segmentOf` can read. */
export const LINKS = new Set([ETHERNET, NULL, LOOP, LINUX_SLL, LINUX_SLL2, ...RAW]);

/** The TCP segment in a packet, null if there is none (other protocols, fragments). */
export function segmentOf({ link, bytes }: Packet): Segment | null {
  const ip = network(link, bytes);
  if (!ip || ip.length < 20) return null;
  return (ip[0] ?? 0) >> 4 === 4 ? fromIpv4(ip) : (ip[0] ?? 0) >> 4 === 6 ? fromIpv6(ip) : null;
}

/** The bytes from the IP header on. */
function network(link: number, bytes: Buffer): Buffer | null {
  if (RAW.has(link)) return bytes;
  if (link === NULL || link === LOOP) return bytes.subarray(4);
  if (link === LINUX_SLL) return typed(bytes, 14);
  if (link === LINUX_SLL2) return bytes.length >= 20 && isIp(bytes.readUInt16BE(0)) ? bytes.subarray(20) : null;
  return link === ETHERNET ? typed(bytes, 12) : null;
}

function typed(bytes: Buffer, at: number): Buffer | null {
  while (at + 2 <= bytes.length && VLAN.has(bytes.readUInt16BE(at))) at += 4;
  return at + 2 <= bytes.length && isIp(bytes.readUInt16BE(at)) ? bytes.subarray(at + 2) : null;
}

function isIp(type: number): boolean { return type === IPV4 || type === IPV6; }

function fromIpv4(ip: Buffer): Segment | null {
  const header = ((ip[0] ?? 0) & 15) * 4, total = ip.readUInt16BE(2) || ip.length;
  const fragment = ip.readUInt16BE(6) & 0x3fff;
  if (ip[9] !== TCP || fragment !== 0 || header < 20) return null;
  return segment(ip.subarray(header, total), total - header, [...ip.subarray(12, 16)].join("."), [...ip.subarray(16, 20)].join("."));
}

function fromIpv6(ip: Buffer): Segment | null {
  if (ip.length < 40) return null;
  const total = ip.readUInt16BE(4) === 0 ? ip.length : 40 + ip.readUInt16BE(4);
  let next = ip[6] ?? 0, at = 40;
  while (EXTENSIONS.has(next) && at + 8 <= ip.length) {
    const length = next === 51 ? ((ip[at + 1] ?? 0) + 2) * 4 : ((ip[at + 1] ?? 0) + 1) * 8;
    next = ip[at] ?? 0;
    at += length;
  }
  if (next !== TCP) return null;
  return segment(ip.subarray(at, total), total - at, `[${ipv6(ip.subarray(8, 24))}]`, `[${ipv6(ip.subarray(24, 40))}]`);
}

function segment(tcp: Buffer, length: number, from: string, to: string): Segment | null {
  if (tcp.length < 20) return null;
  const header = ((tcp[12] ?? 0) >> 4) * 4, flags = tcp[13] ?? 0;
  const fromPort = tcp.readUInt16BE(0), toPort = tcp.readUInt16BE(2);
  return {
    from: `${from}:${fromPort}`, to: `${to}:${toPort}`, fromPort, toPort, sequence: tcp.readUInt32BE(4),
    syn: (flags & 2) !== 0, ack: (flags & 16) !== 0, end: (flags & 5) !== 0,
    payload: tcp.subarray(header), lost: Math.max(0, length - Math.max(tcp.length, header)),
  };
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(":");
  return groups.replace(/(^|:)0(:0)+(:|$)/, "::");
}
