/** What authors of codecs and filters import. */
export { Reader } from "./bytes/reader";
export { Writer } from "./bytes/writer";
export { Json, JsonKind } from "./bytes/json";
export { Problems } from "./bytes/problems";
export { utf8Bytes } from "./bytes/utf8";
export {
  Codec, Direction, Expect, Frame, Kind, Order, Outcome, Session, SESSION, Traits, Verdict, VITAL, Wire,
} from "./meta/codec";
export { Exchange } from "./meta/exchange";
export { Failure, Reason } from "./meta/failure";
export { Metadata, Presence, View } from "./meta/metadata";
export { Change, Edit, Mutation } from "./meta/mutation";
export { now, nowNs } from "./meta/scratch";
export { after, Timer } from "./meta/timers";
export { registerCodec } from "./meta/registry";
export { Filter, Held, hold, HOLD, KeyAsker, registerFilter } from "./meta/chain";
