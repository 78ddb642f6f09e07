import { Writer } from "../../assembly/bytes/writer";
import { Mutation } from "../../assembly/meta/mutation";
import { Names } from "./names";
import { ThriftWire } from "./wire";

@final
export class Editor {
  edit(w: ThriftWire, names: Names, mutation: Mutation, out: Writer): i32 { return -1; }
}
