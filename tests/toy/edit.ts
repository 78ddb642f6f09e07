import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Change, Edit, Frame, Mutation } from "../../assembly/codec/index";
import { BODY } from "./codec";
import { is, LF, nameEnd, wordEnd } from "./line";

/** Writes the line again with the changes made; the whole frame if the body changes, because its length is in the line; -1 if it has none. */
export function rewrite(r: Reader, f: Frame, mutation: Mutation, out: Writer): i32 {
  let body = false, field = false;
  for (let i = 0; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot == BODY) body = true;
    else if (!carries(edit)) return -1;
    else field = true;
  }
  const line = r.find(LF, 0) + 1;
  if ((field && isFixed(r, line)) || (body && f.size < 0)) return -1;
  if (body && r.size < f.size) return 0;
  const verb = wordEnd(r, 0, line), id = wordEnd(r, verb + 1, line), length = wordEnd(r, id + 1, line);
  if (!body) out.copy(r, 0, length);
  else {
    out.copy(r, 0, id + 1);
    out.text(bodyLength(f.size - line, mutation).toString());
  }
  fields(r, length, line, mutation, out);
  out.u8(LF);
  if (!body) return line;
  writeBody(r, line, f.size - line, mutation, out);
  return f.size;
}

/** A field `fixed=1` says that the fields of this message cannot be changed. */
function isFixed(r: Reader, line: i32): bool {
  for (let at = 0; at < line; at = wordEnd(r, at, line) + 1) if (is(r, at, wordEnd(r, at, line), "fixed=1")) return true;
  return false;
}

/** False if a field of the line cannot be written so. */
function carries(edit: Edit): bool {
  for (let i = 0; i < edit.valueLength; i++) if (load<u8>(edit.valueAt + i) <= 0x20) return false;
  for (let i = 0; i < edit.name.length; i++) if (edit.name[i] <= 0x20 || edit.name[i] == 0x3d) return false;
  return edit.name.length > 0;
}

function fields(r: Reader, from: i32, line: i32, mutation: Mutation, out: Writer): void {
  for (let at = from + 1; at < line; at = wordEnd(r, at, line) + 1) {
    const end = wordEnd(r, at, line), equals = nameEnd(r, at, line);
    if (end == at || is(r, at, equals, "offer") || replaced(r, at, equals, mutation)) continue;
    out.u8(0x20);
    out.copy(r, at, end - at);
  }
  for (let i = 0; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot == BODY || edit.change == Change.Remove || i < mutation.decisive(edit.slot)) continue;
    out.u8(0x20);
    out.bytes(edit.nameAt, edit.name.length);
    out.u8(0x3d);
    out.bytes(edit.valueAt, edit.valueLength);
  }
}

/** True if a set or remove takes the place of the field with this name. */
function replaced(r: Reader, at: i32, equals: i32, mutation: Mutation): bool {
  for (let i = 0; i < mutation.length; i++) {
    const edit = mutation.at(i);
    const name = String.UTF8.decodeUnsafe(edit.nameAt, edit.name.length).toLowerCase();
    if (edit.slot != BODY && edit.change != Change.Append && is(r, at, equals, name)) return true;
  }
  return false;
}

function bodyLength(original: i32, mutation: Mutation): i32 {
  const decisive = mutation.decisive(BODY);
  let length = decisive < 0 ? original : 0;
  for (let i = max(decisive, 0); i < mutation.length; i++) if (mutation.at(i).slot == BODY) length += mutation.at(i).valueLength;
  return length;
}

function writeBody(r: Reader, at: i32, length: i32, mutation: Mutation, out: Writer): void {
  const decisive = mutation.decisive(BODY);
  if (decisive < 0) out.copy(r, at, length);
  for (let i = max(decisive, 0); i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot == BODY) out.bytes(edit.valueAt, edit.valueLength);
  }
}
