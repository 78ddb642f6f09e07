import { status } from "@grpc/grpc-js";

/** Why a stream is ended: what it said is too much, or not for it to say. */
export class Unacceptable extends Error {
  constructor(readonly code: status, message: string) { super(message); }
}

export const tooMuch = (message: string): Unacceptable => new Unacceptable(status.RESOURCE_EXHAUSTED, message);

/** Bytes of one message, names in it and lists of names included. */
export const MAX_MESSAGE = 16 << 20;
/** Streams of all clients together: each listener has one on each worker. */
export const MAX_STREAMS = 100_000;
/** A stream that has not said who it is by then is ended. */
export const HELLO_MS = 30_000;
/** Names of one type that one stream wants or has, and characters of all of them. */
export const MAX_NAMES = 100_000, MAX_NAMES_LENGTH = 8 << 20;
/** Services on demand that one stream asks for; characters of a name. */
export const MAX_DEMANDED = 4096, MAX_NAME = 1024;
/** Characters of a node's id, and hosts that it may ask for. */
export const MAX_ID = 512, MAX_HOSTS = 4096, MAX_HOST = 255;
/** Characters that are kept of what a client refuses something with. */
export const MAX_REASON = 4096;
