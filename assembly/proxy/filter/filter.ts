import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Failure } from "../../codec/failure";
import { Frame } from "../../codec/frame";
import { Mutation } from "../../codec/mutation";
import { Exchange } from "../exchange/exchange";
import { KeyResolver } from "../match/keyResolver";

/**
 * Sees each exchange on its way. One object for each entry of `filters` in a plugin configuration, for all connections:
 * what belongs to an exchange goes into its word. Nothing here may throw or allocate for each message.
 */
export abstract class Filter {
  /** Its place in the chain, and that of its word in each exchange (`Exchange.word`). Set before `configure`. */
  place: i32 = 0;
  /**
   * How the entry's `match` is understood where it cannot be decided, as a key has several values or is hidden. True: the
   * filter restricts access, and sees the request. False: it does not.
   */
  guards: bool = false;

  /** Reads its part of the plugin configuration, and asks for the keys it reads with `Codec.slot` through `keys`. */
  configure(config: Json, keys: KeyResolver, problems: Problems): void {}

  /** Milliseconds between calls of `onTick`; 0: none. Set by `configure`. */
  tickMs: i32 = 0;

  onTick(): void {}

  /**
   * A request, once its route is known (`x.route`, null: none). Null: go on; HOLD: it waits until the filter resumes what
   * `hold` gave it, where order is strict with all that follows it on the connection; otherwise the client gets this error
   * and no server sees the request.
   */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null { return null; }

  /** A reply of a server to a request that this filter saw, before it goes to the client. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {}

  /** The end of an exchange whose request this filter saw, however it went. The request can be read no more. */
  onEnd(x: Exchange): void {}
}
