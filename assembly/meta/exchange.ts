import { Order, Expect } from "./codec";
import { Failure } from "./failure";

/**
 * One request and its replies. Pooled: nothing may keep one after it has ended. `a`, `b` and `key` are the codec's
 * memory of the request; everything below the line belongs to the framework.
 */
@final
export class Exchange {
  /** Two words of the codec's own, set in `request` through Frame.a and Frame.b. */
  a: u64 = 0;
  b: u64 = 0;
  /** The id that its reply carries; 0 where the protocol has none. */
  key: u64 = 0;
  /** Some of its answer was already passed to the client. */
  begun: bool = false;
}
