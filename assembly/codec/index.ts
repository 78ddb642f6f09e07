/** All of the contract, for the files of a codec. */
export { Codec } from "./codec";
export { Direction, Expect, Kind, Order, Outcome, Verdict } from "./enums";
export * from "./failure";
export { BROKEN, Frame, SESSION, VITAL } from "./frame";
export { Metadata, Presence, View } from "./metadata";
export { Change, Edit, Mutation } from "./mutation";
export { MAX_NOTE, PendingRequest } from "./pendingRequest";
export { CodecFactory, registerCodec } from "./registry";
export { Traits } from "./traits";
export { RequestFinder, Session, Wire } from "./wire";
