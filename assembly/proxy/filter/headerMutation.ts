import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { isUtf8 } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../match/keyResolver";
import { Direction } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Exchange } from "../exchange/exchange";
import { Format, SavedValues, Moment, readFormat } from "./format/index";
import { Change, Edit, Mutation } from "../../codec/mutation";

/** The value of one change. */
const value: Writer = new Writer(256);

/** Changes of one message that a rule or filter asks for; values may be formats, made for each message. */
@final
export class HeaderMutation {
  private edits: Edit[] = [];
  /** By edit: null where its value is the same for all messages. */
  private formats: Array<Format | null> = [];
  /** Values of the request must be kept until its reply. */
  keepsRequest: bool = false;

  get length(): i32 { return this.edits.length; }

  /** Framework: one change more, of text or of a format. */
  add(edit: Edit, format: Format | null): void {
    this.edits.push(edit);
    this.formats.push(format);
    if (format && format.keepsRequest) this.keepsRequest = true;
  }

  /** The names of the keys, for messages to people. */
  names(): string[] {
    const names: string[] = [];
    for (let i = 0; i < this.edits.length; i++) {
      const edit = this.edits[i], name = String.UTF8.decodeUnsafe(edit.nameAt, edit.name.length);
      if (!names.includes(name)) names.push(name);
    }
    return names;
  }

  /** Of changes to replies, while the request passes. */
  keepRequest(f: Frame, kept: SavedValues): void {
    for (let i = 0; i < this.formats.length; i++) {
      const format = unchecked(this.formats[i]);
      if (format) format.keepRequest(f, kept);
    }
  }

  /** Adds the changes. A format without any of its values, or whose text is no UTF-8, changes nothing. */
  apply(x: Exchange, f: Frame, kept: SavedValues | null, mutation: Mutation): void {
    if (kept) kept.rewind();
    for (let i = 0; i < this.edits.length; i++) {
      const edit = unchecked(this.edits[i]), format = unchecked(this.formats[i]);
      if (format) {
        value.reset();
        if (!format.write(x, f, kept, value, "") || !isUtf8(value.base, value.length)) continue;
        edit.setValue(value.base, value.length);
      }
      mutation.add(edit);
    }
  }
}

/** `{ "set": {key: value}, "append": {key: value}, "remove": [key] }`; null if it is absent, empty or wrong. */
export function readHeaderMutation(owner: Json, name: string, direction: Direction, keys: KeyResolver, problems: Problems): HeaderMutation | null {
  const json = problems.object(owner, name);
  if (!json) return null;
  problems.unknownFields(json, ["set", "append", "remove"]);
  const changes = new HeaderMutation(), removed = problems.texts(json, "remove");
  for (let i = 0; i < removed.length; i++) {
    const edit = keys.edit(json.path() + ".remove[" + i.toString() + "]", removed[i], direction, problems);
    if (!edit) return null;
    edit.change = Change.Remove;
    changes.add(edit, null);
  }
  readValues(changes, Change.Set, json, "set", direction, keys, problems);
  readValues(changes, Change.Append, json, "append", direction, keys, problems);
  return changes.length ? changes : null;
}

function readValues(
  changes: HeaderMutation, change: Change, json: Json, name: string, direction: Direction, keys: KeyResolver, problems: Problems,
): void {
  const values = problems.object(json, name), moment = direction == Direction.Request ? Moment.Request : Moment.Reply;
  if (!values) return;
  for (let i = 0; i < values.names.length; i++) {
    const item = values.items[i];
    if (!problems.isText(item)) return;
    const edit = keys.edit(item.path(), values.names[i], direction, problems);
    const format = readFormat(item.path(), item.text, moment, keys, problems);
    if (!edit || !format) return;
    edit.change = change;
    if (format.isPlain) setText(edit, format);
    changes.add(edit, format.isPlain ? null : format);
  }
}

function setText(edit: Edit, format: Format): void {
  value.reset();
  format.writePlain(value);
  edit.setValue(value.base, value.length);
}
