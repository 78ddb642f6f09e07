/** Captures for tests, in every format and on every link that is read. */
export interface Said { from: string; to: string; sequence: number; payload?: string | Buffer; flags?: string; /** Bytes kept of the packet. */ snap?: number }

export type Link = "ethernet" | "vlan" | "sll" | "sll2" | "raw" | "null";
const LINKS: Record<Link, number> = { ethernet: 1, vlan: 1, sll: 113, sll2: 276, raw: 101, null: 0 };

/** A packet with an IPv4 or IPv6 TCP segment; addresses `1.2.3.4:80` or `[::1]:80`. Checksums are left at 0. */
export function packet({ from, to, sequence, payload = "", flags = "A", snap }: Said, link: Link = "ethernet"): Buffer {
  const bytes = Buffer.from(payload as Buffer), tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(portOf(from), 0);
  tcp.writeUInt16BE(portOf(to), 2);
  tcp.writeUInt32BE(sequence >>> 0, 4);
  tcp[12] = 5 << 4;
  tcp[13] = (flags.includes("F") ? 1 : 0) | (flags.includes("S") ? 2 : 0) | (flags.includes("A") ? 16 : 0);
  const six = from.startsWith("["), ip = six ? ipv6(from, to, 20 + bytes.length) : ipv4(from, to, 20 + bytes.length);
  const whole = Buffer.concat([linkHeader(link, six), ip, tcp, bytes, ...(link === "ethernet" ? [Buffer.alloc(Math.max(0, 6 - bytes.length))] : [])]);
  return snap === undefined ? whole : whole.subarray(0, snap);
}

/** A file of the classic format. */
export function classic(packets: Buffer[], link: Link = "ethernet", big = false): Buffer {
  const u32 = (...values: number[]): Buffer => Buffer.concat(values.map(value => word(value, big)));
  const head = Buffer.concat([u32(0xa1b2c3d4), big ? Buffer.from([0, 2, 0, 4]) : Buffer.from([2, 0, 4, 0]), u32(0, 0, 65535, LINKS[link])]);
  return Buffer.concat([head, ...packets.map(bytes => Buffer.concat([u32(1, 2, bytes.length, bytes.length), bytes]))]);
}

/** A file of the next generation format: one section, one interface, enhanced packet blocks. */
export function pcapng(packets: Buffer[], link: Link = "ethernet", big = false): Buffer {
  const u32 = (...values: number[]): Buffer => Buffer.concat(values.map(value => word(value, big)));
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - body.length % 4) % 4)]), length = padded.length + 12;
    return Buffer.concat([u32(type, length), padded, u32(length)]);
  };
  const u16 = (value: number): Buffer => big ? word(value, true).subarray(2) : word(value, false).subarray(0, 2);
  return Buffer.concat([
    block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff, 0xffffffff)])),
    block(1, Buffer.concat([u16(LINKS[link]), u16(0), u32(65535)])),
    block(0xbad, Buffer.from("a block of an unknown type")),
    ...packets.map(bytes => block(6, Buffer.concat([u32(0, 0, 0, bytes.length, bytes.length), bytes]))),
  ]);
}

function word(value: number, big: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (big) bytes.writeUInt32BE(value >>> 0);
  else bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(":")).replace(/[[\]]/g, "");

function linkHeader(link: Link, six: boolean): Buffer {
  const type = six ? [0x86, 0xdd] : [0x08, 0x00];
  switch (link) {
    case "ethernet": return Buffer.from([...Array<number>(12).fill(2), ...type]);
    case "vlan": return Buffer.from([...Array<number>(12).fill(2), 0x81, 0, 0, 5, ...type]);
    case "sll": return Buffer.from([...Array<number>(14).fill(0), ...type]);
    case "sll2": return Buffer.from([...type, ...Array<number>(18).fill(0)]);
    case "null": return Buffer.from([six ? 30 : 2, 0, 0, 0]);
    case "raw": return Buffer.alloc(0);
  }
}

function ipv4(from: string, to: string, length: number): Buffer {
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + length, 2);
  ip[9] = 6;
  hostOf(from).split(".").forEach((part, i) => { ip[12 + i] = Number(part); });
  hostOf(to).split(".").forEach((part, i) => { ip[16 + i] = Number(part); });
  return ip;
}

/** With a hop-by-hop header in front of TCP. */
function ipv6(from: string, to: string, length: number): Buffer {
  const ip = Buffer.alloc(48);
  ip[0] = 0x60;
  ip.writeUInt16BE(8 + length, 4);
  ip[6] = 0;
  address(hostOf(from)).copy(ip, 8);
  address(hostOf(to)).copy(ip, 24);
  ip[40] = 6;
  return ip;
}

function address(host: string): Buffer {
  const [left = "", right = ""] = host.split("::");
  const groups = (text: string): number[] => text === "" ? [] : text.split(":").map(group => parseInt(group, 16));
  const all = [...groups(left), ...Array<number>(8 - groups(left).length - groups(right).length).fill(0), ...groups(right)];
  return Buffer.concat(all.map(group => Buffer.from([group >> 8, group & 255])));
}
