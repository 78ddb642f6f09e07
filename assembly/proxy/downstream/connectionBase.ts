import { NetworkContext, RootContext } from "../../context/context";
import { Failure } from "../../codec/failure";
import { Session, Wire } from "../../codec/wire";
import { Listener } from "../config/listener";
import { Correlation } from "../exchange/correlation";
import { Exchange } from "../exchange/exchange";
import { AttributeValues, ConnectionAttributes } from "../filter/connectionAttributes";
import { Affinity } from "../upstream/affinity";

/** A client's connection, as its parts see it: what they share, and what they ask of it. Every one is a `Connection`. */
export abstract class ConnectionBase extends NetworkContext {
  session: Session;
  wire: Wire;
  correlation: Correlation = new Correlation();
  pins: Affinity = new Affinity();
  /** Until it is answered nobody knows what the bytes behind it mean: they are not read. */
  fence: Exchange | null = null;
  /** Bytes of requests that are kept for another attempt. */
  keptBytes: i32 = 0;
  /** Bytes of the filter's own answers, less what time has forgiven. */
  localBytes: i32 = 0;

  constructor(id: u32, root: RootContext, public service: Listener) {
    super(id, root);
    const session = service.codec.session();
    this.session = session;
    this.wire = service.codec.wire(session, false);
  }

  /** The client's bytes stay where they are. */
  abstract get isHeld(): bool;
  /** What metadata tells of the connection itself. */
  abstract facts(asked: ConnectionAttributes): AttributeValues;
  /** Ends the connection: at once, or behind the bytes that this callback writes. */
  abstract abort(): void;
  /** Closes once the last words have left. */
  abstract close(): void;
  /** Takes nothing more, and closes once the client has all answers that it still waits for. */
  abstract endBehind(): void;
  /** As `endBehind`, with an error to the connection as a whole behind them; null: that is among them. */
  abstract lose(failure: Failure | null): void;
  /** Ends an exchange with an error. False: the connection must close. */
  abstract fail(x: Exchange, failure: Failure): bool;
  /** Ends requests that are on no lane. False: the connection must close. */
  abstract failWaiting(failure: Failure): bool;
  /** Ends an exchange whose reply may still come. False: the connection must close. */
  abstract giveUp(x: Exchange, failure: Failure): bool;
  /** An exchange ends without an answer to the client. */
  abstract forget(x: Exchange): void;
  /** An exchange is over, and goes back to the pool next. */
  abstract over(x: Exchange): void;
  abstract unpin(pin: u64): void;
  /** It has closed, or does once its last words have left. */
  abstract get isClosing(): bool;
  /** Inline: the client's end has gone on, nothing more may. */
  abstract get hasPushedEnd(): bool;
}
