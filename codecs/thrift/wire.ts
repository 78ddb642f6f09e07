import { Session, Wire } from "../../assembly/meta/codec";
import { Scanner } from "./scan";

/** How messages are told apart on a wire, once its first bytes have shown it. */
export enum Framing {
  Unknown = 0,
  /** Framed and THeader: each message says which of them it is. */
  Length = 1,
  None = 2,
}

/** What errors need where no request was read. */
@final
export class ThriftSession extends Session {
  /** Of the last message read: `Frame.a`. */
  shape: u64 = 0;
  known: bool = false;
  /** Persistent THeader keys, as on the wire: length, key, length, value and so on. */
  persistent: StaticArray<u8> = new StaticArray<u8>(0);
  persistentCount: i32 = 0;
}

@final
export class ThriftWire extends Wire {
  framing: Framing = Framing.Unknown;
  /** Walks over unframed messages; there once the wire is known to be unframed. */
  scanner: Scanner | null = null;

  get own(): ThriftSession { return changetype<ThriftSession>(this.session); }
}
