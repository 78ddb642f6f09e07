import { Session, Wire } from "../../assembly/meta/codec";
import { Arguments } from "./arguments";
import { Scanner } from "./scanner";
import { RedisSession } from "./session";

/** Parse state of a client's stream or a lane's. */
@final
export class RedisWire extends Wire {
  /** Of the request that was read last. */
  arguments: Arguments = new Arguments();
  /** They are all that is wanted of that request: the next call begins anew. */
  read: bool = false;
  scanner: Scanner = new Scanner();
  /** Bytes of a reply that the scanner has seen; 0: it has not begun. */
  scanned: i32 = 0;
  /** Answers that are still to come: of the handshake, of signs of life. */
  greetings: i32 = 0;
  beats: i32 = 0;
  /** Subscribed in RESP2: messages are arrays. */
  subscribed: bool = false;
  monitoring: bool = false;
  /** A stream of replication: no RESP any more. */
  raw: bool = false;

  /** Clients tell their password to the filter, and servers must not see it. */
  stripsCredentials: bool = false;

  constructor(session: Session, lane: bool) { super(session, lane); }

  get client(): RedisSession { return changetype<RedisSession>(this.session); }
}
