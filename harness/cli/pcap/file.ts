import { Trouble } from "../../tools/progress.ts";

/** One captured packet. link: LINKTYPE number (https://www.tcpdump.org/linktypes.html). bytes may be fewer than were on the wire. */
export interface Packet { link: number; bytes: Buffer }

const CLASSIC_US = 0xa1b2c3d4, CLASSIC_NS = 0xa1b23c4d;
const SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE = 3, ENHANCED = 6;

/** Reads a capture in the classic format or in pcapng. Throws Trouble with the offset where it is broken. */
export function readCapture(file: Buffer): Packet[] {
  if (file.length >= 4 && file.readUInt32BE(0) === SECTION) return readPcapng(file);
  const big = file.length >= 24 && [CLASSIC_US, CLASSIC_NS].includes(file.readUInt32BE(0));
  const little = file.length >= 24 && [CLASSIC_US, CLASSIC_NS].includes(file.readUInt32LE(0));
  if (!big && !little) throw new Trouble("it is no capture: found neither the mark of pcap nor that of pcapng at its start");
  return readClassic(file, numbers(file, big));
}

interface Numbers { u16(at: number): number; u32(at: number): number }

function numbers(file: Buffer, big: boolean): Numbers {
  return big ? { u16: at => file.readUInt16BE(at), u32: at => file.readUInt32BE(at) } : { u16: at => file.readUInt16LE(at), u32: at => file.readUInt32LE(at) };
}

/** draft-ietf-opsawg-pcap: a header of 24 bytes, then 16 bytes before each packet. */
function readClassic(file: Buffer, read: Numbers): Packet[] {
  const link = read.u32(20) & 0xffff, packets: Packet[] = [];
  for (let at = 24; at < file.length;) {
    if (at + 16 > file.length) throw cut(at);
    const length = read.u32(at + 8);
    if (at + 16 + length > file.length) throw cut(at);
    packets.push({ link, bytes: file.subarray(at + 16, at += 16 + length) });
  }
  return packets;
}

/** draft-ietf-opsawg-pcapng: blocks of type, length, body, length; each section has its own byte order and interfaces. */
function readPcapng(file: Buffer): Packet[] {
  const packets: Packet[] = [];
  let read = numbers(file, false), links: number[] = [];
  for (let at = 0; at < file.length;) {
    if (at + 12 > file.length) throw cut(at);
    if (file.readUInt32BE(at) === SECTION) {
      read = numbers(file, file.readUInt32BE(at + 8) === 0x1a2b3c4d);
      links = [];
    }
    const type = read.u32(at), length = read.u32(at + 4), body = at + 8;
    if (length < 12 || at + length > file.length) throw cut(at);
    const room = length - 12;
    const add = (number: number, from: number, captured: number): void => {
      const link = links[number];
      if (link === undefined || from + captured > body + room) throw cut(at);
      packets.push({ link, bytes: file.subarray(from, from + captured) });
    };
    if (type === INTERFACE && room >= 8) links.push(read.u16(body));
    else if (type === ENHANCED && room >= 20) add(read.u32(body), body + 20, read.u32(body + 12));
    else if (type === OLD_PACKET && room >= 20) add(read.u16(body), body + 20, read.u32(body + 12));
    else if (type === SIMPLE && room >= 4) add(0, body + 4, Math.min(read.u32(body), room - 4));
    at += length;
  }
  return packets;
}

function cut(at: number): Trouble { return new Trouble(`the capture is broken at byte ${at}: what is said there goes past its end`); }
