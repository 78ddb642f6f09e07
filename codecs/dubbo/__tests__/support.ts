import { Writer } from "../../../assembly/bytes/writer";
import { Change, Codec, Direction, Edit, Frame, Mutation, PendingRequest, RequestFinder, Session, Verdict, View, Wire } from "../../../assembly/codec/index";
import { DubboCodec } from "../codec";
import { writeText } from "../hessianWriter";

/** Adds bytes in hex to a writer; 'ab' is text as it is, <ab> a hessian string with its length. Blanks do not count. */
export function add(out: Writer, spec: string): Writer {
  let i = 0;
  while (i < spec.length) {
    const c = spec.charCodeAt(i);
    if (c == 0x20) {
      i++;
    } else if (c == 0x27) {
      const end = spec.indexOf("'", i + 1);
      out.text(spec.substring(i + 1, end));
      i = end + 1;
    } else if (c == 0x3c) {
      const end = spec.indexOf(">", i + 1);
      writeText(out, spec.substring(i + 1, end));
      i = end + 1;
    } else {
      out.u8(<i32>parseInt(spec.substring(i, i + 2), 16));
      i += 2;
    }
  }
  return out;
}

export function bytes(spec: string): Writer { return add(new Writer(), spec); }

/** A frame with its length filled in. */
export function message(flags: string, status: string, id: string, body: string): Writer {
  const out = bytes("dabb" + flags + status + id + "00000000" + body);
  out.patch32(12, out.length - 16);
  return out;
}

export const ID: string = "0000000000000007";

/** The strings before the method in the body of a request. */
export const HEAD: string = "<2.0.2> <a.Demo> <1.0.0>";

export function hex(at: usize, length: i32): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    text += (byte < 16 ? "0" : "") + (<i32>byte).toString(16);
  }
  return text;
}

export function hexOf(out: Writer): string { return hex(out.base, out.length); }

/** Finds the one exchange that a test has made. */
export class OneRequest extends RequestFinder {
  constructor(private x: PendingRequest) { super(); }
  find(key: u64): PendingRequest | null { return this.x.key == key ? this.x : null; }
}

/** A codec, a wire and a frame, with the keys that rules read. */
export class Bench {
  codec: DubboCodec = new DubboCodec();
  wire: Wire = new Wire(new Session(), false);
  frame: Frame = new Frame();
  direction: Direction;

  constructor(direction: Direction, keys: string[]) {
    this.direction = direction;
    this.frame.wanted = new StaticArray<u8>(256);
    for (let i = 0; i < keys.length; i++) this.frame.wanted[this.codec.slot(keys[i], direction)] = 1;
  }

  /** Decodes the first n bytes. */
  decode(m: Writer, n: i32 = -1): Verdict {
    this.wire.reader.reset(m.base, n < 0 ? m.length : n);
    this.frame.reset();
    this.frame.metadata.base = m.base;
    return this.direction == Direction.Request
      ? this.codec.request(this.wire, this.frame)
      : this.codec.response(this.wire, this.frame);
  }

  /** All values of a key, `-` if it is absent, `?` if hidden. */
  value(name: string): string {
    const slot = this.codec.slot(name, this.direction);
    const metadata = this.frame.metadata;
    if (metadata.presence(slot) == 2) return "?";
    const view = new View();
    let text = "";
    let place = metadata.first(slot);
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
    edit.name = utf8(name);
    const bytes = utf8(value);
    edit.setValue(changetype<usize>(bytes), bytes.length);
    return edit;
  }

  /** Decodes and encodes; returns what encode returned. */
  encode(m: Writer, edits: Edit[], out: Writer): i32 {
    this.decode(m);
    const mutation = new Mutation();
    for (let i = 0; i < edits.length; i++) mutation.add(edits[i]);
    return this.codec.encode(this.wire, this.frame, mutation, out);
  }
}

export function utf8(text: string): StaticArray<u8> {
  const result = new StaticArray<u8>(String.UTF8.byteLength(text));
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, changetype<usize>(result));
  return result;
}
