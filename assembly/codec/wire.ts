import { Reader } from "../bytes/reader";
import { Verdict } from "./enums";
import { PendingRequest } from "./pendingRequest";

/** What a client connection has said about itself; subclassed by codecs that need it; seen by all later exchanges. */
export class Session {
  /** Bytes that it keeps of what the client has said: the codec bounds them. */
  get keptBytes(): i32 { return 0; }
}

/** One byte stream, the client's or a lane's; subclassed for parse state. */
export class Wire {
  /** The bytes from the frame's start on; offset 0 is its first byte. */
  reader: Reader = new Reader();
  /** With Verdict.Need: how many bytes from the frame's start are needed before the next call. */
  need: i32 = 0;
  /** Set by the codec when the peer has said that it will take no new requests (a lane drains). */
  draining: bool = false;
  /** Offset where bytes were found bad, for messages to people. */
  badAt: i32 = 0;
  /** What was found bad, short and lower case. */
  badWhy: string = "";
  finder: RequestFinder | null = null;
  /** Of a lane: the name of its cluster. */
  cluster: string = "";

  constructor(public session: Session, public lane: bool) {}

  /** On a lane: the oldest open request with this key, which a reply with this key belongs to. */
  find(key: u64): PendingRequest | null {
    const finder = this.finder;
    return finder ? finder.find(key) : null;
  }

  /** Verdict.Need with the number of bytes wanted, counted from the frame's start. */
  wants(bytes: i32): Verdict {
    this.need = bytes;
    return Verdict.Need;
  }

  /** Verdict.Bad with its reason and the offset from the frame's start. */
  bad(why: string, at: i32): Verdict {
    this.badWhy = why;
    this.badAt = at;
    return Verdict.Bad;
  }
}

/** Lets a wire find requests without knowing how they are kept. */
export abstract class RequestFinder {
  abstract find(key: u64): PendingRequest | null;
}
