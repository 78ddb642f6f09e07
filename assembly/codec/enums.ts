/** What a codec says of a message, one word each. */
export enum Verdict {
  /** More bytes are wanted: do not call again before `wire.need` bytes, counted from the frame's start. */
  Need = 0,
  /** The frame's head is understood and described in the Frame. */
  Head = 1,
  /** These bytes are not of this protocol. With `frame.size` set only this frame is lost, otherwise the connection. */
  Bad = 2,
  /** From here on the bytes cannot be read; they pass unread where policy allows it. */
  Opaque = 3,
}

export enum Kind {
  /** A request, or a reply to one. */
  Call = 0,
  /** A further part of an exchange that was opened before, found by `key` and `pin`. */
  Part = 1,
  /** Must reach all open lanes and have one answer. */
  Setup = 2,
  /** A request that the codec itself answers, in its turn, with `answer`. */
  Local = 3,
  /** A heartbeat that the codec itself answers, on the wire that it came from, with `answer`; inline, `beat` is sent to the server instead. */
  Ping = 4,
  /** A message of the server's own that belongs to no request and goes to the client. */
  Push = 5,
  /** Swallowed, with the answers to the codec's own `beat` among them. */
  Drop = 6,
}

export enum Order {
  /** Replies may come in any order: requests spread over endpoints one by one. */
  Free = 0,
  /** The client must get replies in the order of its requests. */
  Replies = 1,
  /** As Replies, and no request may overtake one before it. */
  Strict = 2,
}

export enum Expect {
  /** No reply will come. */
  None = 0,
  /** Perhaps one: where order is kept, an answer to the next request of the lane says that none will come. */
  Maybe = 1,
  /** One or more, until a reply with `last`. */
  Some = 2,
}

/** Whose fault a reply reports; only Server feeds retries and outlier detection. */
export enum Outcome { Ok = 0, Caller = 1, Server = 2 }

export enum Direction { Request = 0, Response = 1 }
