import { Writer } from "../../../assembly/bytes/writer";
import { Change, Direction, Edit, Frame, Mutation, Verdict, View } from "../../../assembly/codec/index";
import { utf8Bytes } from "../../../assembly/bytes/utf8";
import { ThriftCodec } from "../codec";
import { ThriftSession, ThriftWire } from "../wire";

/** Bytes in hex; 'ab' is text as it is, <ab> text with a length of four bytes, {ab} with one of one. Blanks do not count. */
export function bytes(spec: string): Writer {
  const out = new Writer();
  let i = 0;
  while (i < spec.length) {
    const c = spec.charCodeAt(i);
    const close = c == 0x27 ? "'" : c == 0x3c ? ">" : c == 0x7b ? "}" : "";
    if (c == 0x20) {
      i++;
    } else if (close.length) {
      const end = spec.indexOf(close, i + 1), text = spec.substring(i + 1, end);
      if (c == 0x3c) out.u32(text.length);
      if (c == 0x7b) out.u8(text.length);
      out.text(text);
      i = end + 1;
    } else {
      out.u8(<i32>parseInt(spec.substring(i, i + 2), 16));
      i += 2;
    }
  }
  return out;
}

/** The same with a frame's length before it. */
export function framed(spec: string): Writer {
  const out = bytes("00000000" + spec);
  out.patch32(0, out.length - 4);
  return out;
}

export const CALL: string = "80010001 <m> 00000007 00";

/** A THeader message with keys, in front of a payload. */
export function headed(infos: string, payload: string = CALL, flags: string = "0000"): Writer {
  const keys = bytes(infos), words = (2 + keys.length + 3) >> 2, out = bytes("00000000 0fff" + flags + "00000009 0000 00 00" + infos);
  out.patch16(12, words);
  while (out.length < 14 + words * 4) out.u8(0);
  const rest = bytes(payload);
  out.bytes(rest.base, rest.length);
  out.patch32(0, out.length - 4);
  return out;
}

export function hexOf(out: Writer): string {
  let text = "";
  for (let i = 0; i < out.length; i++) {
    const byte = load<u8>(out.base + i);
    text += (byte < 16 ? "0" : "") + (<i32>byte).toString(16);
  }
  return text;
}

/** A codec with one connection and the keys that rules read. */
export class Bench {
  codec: ThriftCodec = new ThriftCodec();
  session: ThriftSession = new ThriftSession();
  wire!: ThriftWire;
  frame: Frame = new Frame();

  constructor(private direction: Direction, keys: string[]) {
    this.wire = new ThriftWire(this.session, direction == Direction.Response);
    this.frame.wanted = new StaticArray<u8>(256);
    for (let i = 0; i < keys.length; i++) this.frame.wanted[this.codec.slot(keys[i], direction)] = 1;
  }

  /** Decodes the first n bytes. */
  decode(m: Writer, n: i32 = -1): Verdict {
    this.wire.reader.reset(m.base, n < 0 ? m.length : n);
    this.frame.reset();
    this.frame.metadata.base = m.base;
    return this.direction == Direction.Request ? this.codec.request(this.wire, this.frame) : this.codec.response(this.wire, this.frame);
  }

  /** All values of a key, `-` if it is absent, `?` if hidden. */
  value(name: string): string {
    const slot = this.codec.slot(name, this.direction), metadata = this.frame.metadata, view = new View();
    if (metadata.presence(slot) == 2) return "?";
    let text = "", place = metadata.first(slot);
    if (place < 0) return "-";
    while (place >= 0) {
      text += (text.length ? "|" : "") + metadata.view(place, view).text();
      place = metadata.next(place);
    }
    return text;
  }

  edit(change: Change, name: string, value: string): Edit {
    const edit = new Edit();
    edit.change = change;
    edit.slot = this.codec.slot(name, this.direction);
    edit.name = utf8Bytes(name);
    const bytes = utf8Bytes(value);
    edit.setValue(changetype<usize>(bytes), bytes.length);
    return edit;
  }

  /** Decodes and encodes; what `encode` returned, a blank, what it wrote and what it left. */
  encode(m: Writer, edits: Edit[]): string {
    this.decode(m);
    const mutation = new Mutation(), out = new Writer();
    for (let i = 0; i < edits.length; i++) mutation.add(edits[i]);
    const replaced = this.codec.encode(this.wire, this.frame, mutation, out);
    if (replaced > 0) out.bytes(m.base + replaced, m.length - replaced);
    return hexOf(out);
  }
}
