import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { MapType } from "../../env/enums";
import { readHeader } from "../../host/headers";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Direction } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Edit, Mutation } from "../../codec/mutation";
import { readName } from "./header";
import { Question } from "./question";

/** Bytes that are taken of an answer's headers, at most. */
const MAX_BYTES: i32 = 8 << 10;

/** Headers of allowing answers that become metadata or changes of the request. */
@final
export class AnswerHeaders {
  private names: string[] = [];
  /** Of each header: the slot that it fills, or the change that it makes. */
  private slots: i32[] = [];
  private edits: Array<Edit | null> = [];

  /** {"facts": {"name": "header"}, "set": {"metadata key": "header"}}; a fact is key `extAuth.NAME`. */
  constructor(config: Json, keys: KeyResolver, problems: Problems) {
    const facts = problems.object(config, "facts"), set = problems.object(config, "set");
    for (let i = 0; facts && i < facts.names.length && problems.isText(facts.items[i]); i++) {
      const slot = keys.own("extAuth." + facts.names[i]), path = facts.items[i].path();
      if (slot < 0) problems.report(path, "found more values than there is space for");
      this.add(readName(facts.items[i].text, path, problems), slot, null);
    }
    for (let i = 0; set && i < set.names.length && problems.isText(set.items[i]); i++) {
      const path = set.items[i].path(), edit = keys.edit(path, set.names[i], Direction.Request, problems);
      if (edit) this.add(readName(set.items[i].text, path, problems), -1, edit);
    }
  }

  /** In the answer's callback. False: it says too much. */
  read(question: Question): bool {
    question.values.reset();
    for (let i = 0; i < this.names.length; i++) {
      const found = readHeader(MapType.HttpCallResponse, this.names[i], question.values);
      question.ends.push(found ? question.values.length : -1);
    }
    return question.values.length <= MAX_BYTES;
  }

  /** A header that is not there removes nothing and tells nothing. False: it is too much, and not all of it was told. */
  apply(question: Question, x: Exchange, f: Frame, mutation: Mutation): bool {
    let from = 0;
    for (let i = 0; i < question.ends.length; i++) {
      const end = question.ends[i], edit = this.edits[i], at = question.values.base + from;
      if (end < 0) continue;
      if (edit) {
        edit.setValue(at, end - from);
        mutation.add(edit);
      } else if (!x.tell(f, this.slots[i], at, end - from)) return false;
      from = end;
    }
    return true;
  }

  private add(name: string, slot: i32, edit: Edit | null): void {
    this.names.push(name);
    this.slots.push(slot);
    this.edits.push(edit);
  }
}
