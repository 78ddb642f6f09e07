import { Writer } from "../bytes/writer";
import { Status } from "./enums";

/** Where the next bytes that the host hands over are put; null: a block of their own, which the caller frees. */
let landing: Writer | null = null;

/** Words that host calls write results to. */
export const RESULT_AT: usize = memory.data(16, 8);
export const RESULT_SIZE: usize = RESULT_AT + 4;
/** A third one, 8 bytes long and aligned. */
export const RESULT: usize = RESULT_AT + 8;

/** Lets the host calls until `liftOff` write straight into a buffer, without a block in between. */
export function landIn(target: Writer): void { landing = target; }
export function liftOff(): void { landing = null; }

/** The host's allocator, called from inside host calls. 0 is refused by the host as a failed call. */
export function proxy_on_memory_allocate(size: usize): usize {
  const target = landing;
  return target ? target.reserve(<i32>size) : heap.alloc(size);
}

/** What the last host call that yields a value answered; those that yield none return it themselves. */
let last: Status = Status.Ok;

/** Why the last call returned null, false or zero: `Status.NotFound` (there is none) is not `Status.BadArgument`. */
export function lastStatus(): Status { return last; }

export function answered(status: i32): bool {
  last = <Status>status;
  return status == Status.Ok;
}
