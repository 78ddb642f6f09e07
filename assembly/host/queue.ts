import { proxy_dequeue_shared_queue, proxy_enqueue_shared_queue, proxy_register_shared_queue } from "../env/imports";
import { Status } from "../env/enums";
import { landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";

const word: usize = memory.data(4, 4);
const message: Writer = new Writer(16);

/** Registers a queue for the current root context, which gets `onQueueReady`; its id, or 0 if the host refuses. */
export function registerQueue(name: string): u32 {
  const bytes = String.UTF8.encode(name);
  const status = proxy_register_shared_queue(changetype<usize>(bytes), bytes.byteLength, RESULT_AT);
  return status == Status.Ok ? load<u32>(RESULT_AT) : 0;
}

/** Sends one number. Each message leads to one call from the event loop, never nested in this one. */
export function enqueueWord(queue: u32, value: u32): bool {
  store<u32>(word, value);
  return proxy_enqueue_shared_queue(queue, word, 4) == Status.Ok;
}

/** Takes one number; 0 if the queue is empty. */
export function dequeueWord(queue: u32): u32 {
  message.reset();
  landIn(message);
  const status = proxy_dequeue_shared_queue(queue, RESULT_AT, RESULT_SIZE);
  liftOff();
  return status == Status.Ok && message.length == 4 ? load<u32>(message.base) : 0;
}
