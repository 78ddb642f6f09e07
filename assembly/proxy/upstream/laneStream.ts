import { Verdict } from "../../codec/enums";
import { Failure } from "../../codec/failure";
import { Session, Wire } from "../../codec/wire";
import { Cluster } from "../cluster/cluster";
import { Endpoint } from "../cluster/endpoint";
import { Correlation } from "../exchange/correlation";
import { Cause } from "../exchange/cause";
import { Exchange, ExchangeQueue } from "../exchange/exchange";
import { ListenerState } from "../exchange/listenerState";
import { ConfigVersion } from "../exchange/rulesVersion";
import { Writer } from "../../bytes/writer";

/** Opening: no connection yet. Greeting: the codec's handshake is under way. Only an open lane takes requests. */
export enum LaneState { Opening, Greeting, Open, Ended }

/** A lane as those see it that take what comes back on it. Every one is a `Lane`. */
export abstract class LaneStream extends ExchangeQueue {
  state: LaneState = LaneState.Opening;
  /** It takes no new requests and ends when the open ones have ended. */
  draining: bool = false;
  /** Reply bytes that wait in exchanges: given back to the server only when they have left. */
  queued: i32 = 0;
  /** The reply in progress is too large to be kept. */
  large: bool = false;

  constructor(stream: u32, endpoint: Endpoint, cluster: Cluster, public wire: Wire) { super(stream, endpoint, cluster); }

  /** What comes is not of the protocol, or nobody wants it. */
  get isDeaf(): bool { return this.state == LaneState.Opening || this.state == LaneState.Ended; }

  /** Sends what is encoded once no request is in the middle. */
  abstract queueControl(): void;
  /** What the codec says of the handshake, and the bytes of it to send. */
  abstract takeVerdict(verdict: Verdict): void;
  /** The handshake goes on, or has ended. False: the codec gives the lane up. */
  abstract goOn(): bool;
  /** How a request fared, for its cluster's outlier policy. */
  abstract report(good: bool): void;
  /** Something of it keeps to the routes of now, and to this lane. */
  abstract pin(rules: ConfigVersion | null): void;
}

/** Where the bytes of replies go: the stream to the client. */
export interface ResponseSink {
  beginFrame(x: Exchange, lane: LaneStream, size: i32, here: i32): void;
  write(x: Exchange, at: usize, length: i32): void;
  endFrame(x: Exchange, last: bool): bool;
  endUnanswered(x: Exchange): void;
  deliver(x: Exchange): bool;
  drop(x: Exchange): void;
  pass(at: usize, length: i32): void;
  /** The lane's reply is written in part. */
  isOwnedBy(lane: LaneStream): bool;
  local(): Writer;
}

/** The client's connection, as its lanes see it. */
export interface LaneClient {
  wake(): void;
  abort(): void;
  endSoon(): void;
  endBehind(): void;
  /** Inline: no more will come of the client. */
  inputHasEnded(): bool;
  /** Nothing may be pushed yet: it would be taken for all. */
  withholds(): bool;
  fail(x: Exchange, failure: Failure): bool;
  failOn(x: Exchange, failure: Failure, sent: bool): bool;
  retry(x: Exchange, cause: Cause): bool;
  /** It has its answer: the request is sent no more. */
  isAnswered(x: Exchange): void;
  forget(x: Exchange): void;
  lift(x: Exchange): void;
  pin(pin: u64, lane: LaneStream): void;
  unpin(pin: u64): void;
  losePins(lane: LaneStream): void;
  movePins(from: LaneStream, to: LaneStream): void;
  bindMute(x: Exchange, lane: LaneStream): void;
  isSendingTo(lane: LaneStream): bool;
  isCutFor(lane: LaneStream): bool;
  redirect(from: LaneStream, to: LaneStream): void;
}

/** Everything a lane has to do with besides itself. */
export abstract class LaneOwner {
  /** Bytes that wait for servers to take them. */
  stored: i32 = 0;

  constructor(public client: LaneClient, public listener: ListenerState, public session: Session, public correlation: Correlation, public sink: ResponseSink) {}

  /** A wake-up is needed to send something. */
  abstract attend(): void;
  /** Sends bytes of a request. */
  abstract send(lane: LaneStream, at: usize, length: i32): void;
  /** Hands bytes of a lane, for which there is room, to the next filter. */
  abstract write(lane: LaneStream, at: usize, length: i32): void;
  /** An exchange of a lane has ended. */
  settled(lane: LaneStream): void {}
  /** Reply bytes of a lane that were queued are so no more. */
  released(lane: LaneStream): void {}
  /** No new requests for this lane; `leaving`: its server said so, others are to be preferred. */
  abstract drain(lane: LaneStream, leaving: bool): void;
  /** The lane cannot be used any more. False: the connection must close. */
  abstract breakLane(lane: LaneStream, failure: Failure): bool;
  /** The codec gives up a lane in its handshake. False: the connection must close. */
  failToGreet(lane: LaneStream): bool { return false; }
}
