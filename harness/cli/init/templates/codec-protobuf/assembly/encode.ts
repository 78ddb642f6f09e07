/** Writes a request again with the changes that rules and filters made. */
import { FieldReader, readVarint, WireType, writeBytes, writeVarint } from "as-proxy-wasm/assembly/bytes/protobuf";
import { Edit, Frame, Mutation, Reader, Writer } from "meltemi/assembly";
import { METHOD } from "./constants";

const fields = new FieldReader(), message = new Writer();

/** Bytes of the frame that `out` replaces. Only `method` can be set, and there is one: the last change counts. */
export function encodeRequest(r: Reader, f: Frame, mutation: Mutation, out: Writer): i32 {
  const edit = mutation.at(mutation.length - 1);
  r.seek(0);
  readVarint(r);
  message.reset();
  copyFields(r, f, edit);
  writeVarint(out, message.length);
  out.bytes(message.base, message.length);
  return f.size;
}

/** All fields as they are, unknown ones too; the new method stands where the first one stood. */
function copyFields(r: Reader, f: Frame, edit: Edit): void {
  const start = r.at;
  let at = start, written = false;
  fields.reset(r.base + start, f.size - start);
  while (fields.next()) {
    const end = start + fields.reader.at;
    if (fields.field != METHOD || fields.type != WireType.Bytes) message.copy(r, at, end - at);
    else if (!written) {
      writeBytes(message, METHOD, edit.valueAt, edit.valueLength);
      written = true;
    }
    at = end;
  }
  if (!written) writeBytes(message, METHOD, edit.valueAt, edit.valueLength);
}
