/** What a frame means: called with the bytes from its first one on. */
import { FieldReader, WireType } from "as-proxy-wasm/assembly/bytes/protobuf";
import { Frame, Outcome, Verdict, Wire } from "meltemi/assembly";
import { ERROR, ID, METHOD, METHOD_SLOT, REPLY, REQUEST, TYPE } from "./constants";
import { readLength } from "./framing";

/** Used again for each message: nothing is allocated. */
const fields = new FieldReader();

export function decode(w: Wire, f: Frame, fromServer: bool): Verdict {
  const length = readLength(w, f);
  if (length != Verdict.Head) return length;
  const r = w.reader, start = r.at;
  let type: u64 = REQUEST, method: i32 = -1, methodLength = 0;
  fields.reset(r.base + start, f.size - start);
  // of a field that comes twice the last one counts, as for all readers of protobuf; one of another type is unknown to them
  while (fields.next()) {
    if (fields.field == ID && fields.type == WireType.Varint) f.key = fields.value;
    else if (fields.field == TYPE && fields.type == WireType.Varint) type = fields.value;
    else if (fields.field == METHOD && fields.type == WireType.Bytes) {
      method = <i32>(fields.at - r.base);
      methodLength = fields.length;
    }
  }
  if (fields.reader.bad) return w.bad("not a message", start);
  if (fromServer ? type != REPLY && type != ERROR : type != REQUEST) return w.bad("unknown type", start);
  if (method >= 0) f.put(METHOD_SLOT, method, methodLength);
  if (type == ERROR) f.outcome = Outcome.Server;
  return Verdict.Head;
}
