import { Writer } from "../bytes/writer";

/** Where the next bytes that the host hands over are put; null: a block of their own, which the caller frees. */
let landing: Writer | null = null;

/** Two words that host calls write results to. */
export const RESULT_AT: usize = memory.data(8, 4);
export const RESULT_SIZE: usize = RESULT_AT + 4;

/** Lets the host calls until `liftOff` write straight into a buffer, without a block in between. */
export function landIn(target: Writer): void { landing = target; }
export function liftOff(): void { landing = null; }

/** The host's allocator, called from inside host calls. 0 is refused by the host as a failed call. */
export function proxy_on_memory_allocate(size: usize): usize {
  const target = landing;
  return target ? target.reserve(<i32>size) : heap.alloc(size);
}
