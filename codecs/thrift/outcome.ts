import { Reader } from "../../assembly/bytes/reader";
import { Frame, Outcome } from "../../assembly/codec/index";
import { Binary, Compact, Protocol, Type } from "./constants";
import { Message, Read, varint32 } from "./message";

/** Bytes of a TApplicationException that are waited for; the type of a longer one is not told. */
const MAX_EXCEPTION: i32 = 4096;
const MESSAGE_ID: i32 = 1;
const TYPE_ID: i32 = 2;

/**
 * Says whose fault a reply reports. The reader stands behind the name; `whole`: no more bytes will come. A result has one
 * field: 0 is the value, another a declared exception, none a method without a value.
 * Read.Need with `message.need`; bytes that make no sense are the client's affair.
 */
export function readOutcome(r: Reader, message: Message, whole: bool, f: Frame): Read {
  const compact = message.protocol == Protocol.COMPACT, from = r.at;
  if (r.size - from > MAX_EXCEPTION) r.size = from + MAX_EXCEPTION;
  if (message.type == Type.EXCEPTION) {
    f.outcome = Outcome.Server;
    readCode(r, compact, f);
  } else if (fieldId(r, compact, 0) != 0 && !r.bad) {
    f.outcome = Outcome.Caller;
  }
  if (!r.bad || whole || r.size - from == MAX_EXCEPTION) return Read.Done;
  message.need = r.size + 1;
  return Read.Need;
}

/** Type of the field whose head was read last; 0: the struct ends. */
let type: i32 = 0;

/** Reads the head of a field and returns its id; 0 at the end of the struct, too. `last`: the id before it. */
function fieldId(r: Reader, compact: bool, last: i32): i32 {
  const head = r.u8();
  type = compact ? head & 15 : head;
  if (type == 0) return 0;
  if (!compact) return <i32><i16>r.u16();
  if (head >> 4) return last + (head >> 4);
  const id = varint32(r);
  return <i32>(id >> 1) ^ -<i32>(id & 1);
}

/** Passes over the message of a TApplicationException and reads its type; other fields than these two end it. */
function readCode(r: Reader, compact: bool, f: Frame): void {
  let id = 0;
  for (let fields = 0; fields < 2; fields++) {
    id = fieldId(r, compact, id);
    if (id == TYPE_ID && type == (compact ? Compact.I32 : Binary.I32)) {
      const value = compact ? varint32(r) : 0;
      const code = compact ? <i32>(value >> 1) ^ -<i32>(value & 1) : r.i32();
      if (!r.bad) f.code = code;
      return;
    }
    if (id != MESSAGE_ID || type != (compact ? Compact.BINARY : Binary.STRING)) return;
    const length = compact ? varint32(r) : <i64>r.u32();
    if (length < 0 || length > MAX_EXCEPTION) return;
    r.skip(<i32>length);
  }
}
