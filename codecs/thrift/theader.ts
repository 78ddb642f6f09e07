import { Reader } from "../../assembly/bytes/reader";
import { Header, Protocol } from "./constants";
import { varint32 } from "./message";

const HMAC: i64 = 2;

/** The header of a THeader message, and its keys one by one. One reader of it serves a whole codec. */
@final
export class HeaderReader {
  protocol: i32 = Protocol.UNKNOWN;
  /** The payload is deflated, and nothing else. */
  zlib: bool = false;
  /** The payload cannot be read: another protocol or transform. */
  unread: bool = false;
  flags: i32 = 0;
  seqid: u32 = 0;
  /** Offset of the keys, and of the payload. */
  keysAt: i32 = 0;
  end: i32 = 0;
  /** Where what can be read of the keys ends; bytes up to `end` are padding or unknown. */
  restAt: i32 = 0;
  why: string = "";
  badAt: i32 = 0;

  /** The pair that `next` has read: addresses. */
  keyAt: usize = 0;
  keyLength: i32 = 0;
  valueAt: usize = 0;
  valueLength: i32 = 0;
  persistent: bool = false;
  private left: i64 = 0;
  private r: Reader = new Reader();

  /** Reads what has a fixed place: flags, sequence id, and where the header ends. At least START bytes must be there. */
  begin(frame: Reader): void {
    frame.seek(6);
    this.flags = frame.u16();
    this.seqid = frame.u32();
    this.end = Header.START + frame.u16() * 4;
  }

  /** After `begin`, with the whole header there: reads all but the keys. False: it is bad. */
  open(frame: Reader): bool {
    const r = this.r;
    r.reset(frame.base, this.end);
    r.seek(Header.START);
    const protocol = varint32(r), transforms = varint32(r);
    let zlib = 0, others = 0;
    for (let i: i64 = 0; i < transforms && !r.bad; i++) {
      const id = varint32(r);
      if (id == HMAC) return this.bad("the former transform HMAC, which cannot be skipped", r.at - 1);
      if (id == Header.ZLIB) zlib++;
      else if (id) others++;
    }
    if (r.bad || protocol < 0 || transforms < 0) return this.bad("bad header", Header.START);
    this.protocol = protocol == Header.BINARY ? Protocol.BINARY : protocol == Header.COMPACT ? Protocol.COMPACT : Protocol.UNKNOWN;
    this.zlib = zlib == 1 && others == 0;
    this.unread = this.protocol == Protocol.UNKNOWN || zlib > 1 || others > 0;
    this.keysAt = r.at;
    this.rewind();
    return true;
  }

  /** Goes back to the first pair. */
  rewind(): void {
    this.r.bad = false;
    this.r.seek(this.keysAt);
    this.left = 0;
    this.restAt = this.keysAt;
  }

  /** Reads the next pair; false at the end, or if the header is bad: `isBad` tells. */
  next(): bool {
    const r = this.r;
    while (this.left == 0) {
      if (r.left == 0) return false;
      const at = r.at, id = varint32(r);
      if (id != Header.KEY_VALUE && id != Header.PERSISTENT) {
        // Padding, or nobody knows where its end is: all libraries stop here.
        r.bad = false;
        r.seek(this.end);
        this.restAt = at;
        return false;
      }
      this.persistent = id == Header.PERSISTENT;
      this.left = varint32(r);
      if (this.left < 0) r.fail();
      if (r.bad) return this.bad("bad header", at);
      this.restAt = r.at;
    }
    this.left--;
    const at = r.at;
    this.keyLength = this.take();
    this.keyAt = r.base + r.at - this.keyLength;
    this.valueLength = this.take();
    this.valueAt = r.base + r.at - this.valueLength;
    if (r.bad) return this.bad("a key or value beyond the header", at);
    this.restAt = r.at;
    return true;
  }

  get isBad(): bool { return this.r.bad; }

  /** True if there is a pair of exactly this name. Goes through all pairs anew. */
  has(keyAt: usize, keyLength: i32): bool {
    this.rewind();
    while (this.next()) {
      if (this.keyLength == keyLength && memory.compare(this.keyAt, keyAt, keyLength) == 0) return true;
    }
    return false;
  }

  /** Passes over a text and returns its length. */
  private take(): i32 {
    const r = this.r, length = varint32(r);
    if (length < 0 || length > r.left) r.fail();
    else r.skip(<i32>length);
    return r.bad ? 0 : <i32>length;
  }

  /** Says that it cannot be taken for one, and where. */
  bad(why: string, at: i32): bool {
    this.why = why;
    this.badAt = at;
    this.r.bad = true;
    return false;
  }
}
