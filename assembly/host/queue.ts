/** Queues between VMs: first in, first out, not bounded by the host. */
import {
  proxy_dequeue_shared_queue, proxy_enqueue_shared_queue, proxy_register_shared_queue, proxy_resolve_shared_queue,
} from "../env/imports";
import { Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";
import { argument, argument2 } from "./text";

const word: usize = memory.data(4, 4);
const message: Writer = new Writer(16);

/**
 * Registers a queue for the current root context, which gets `onQueueReady` once for each message, from the event loop of
 * its thread; its id, or 0 if the host refuses. Two that register one name share the queue, and only the later is called.
 */
export function registerQueue(name: string): u32 {
  const bytes = argument(name);
  return answered(proxy_register_shared_queue(bytes.base, bytes.length, RESULT_AT)) ? load<u32>(RESULT_AT) : 0;
}

/** The id of a queue that a VM with this `vm_id` registered; 0 if there is none. */
export function resolveQueue(vmId: string, name: string): u32 {
  const vm = argument(vmId), bytes = argument2(name);
  return answered(proxy_resolve_shared_queue(vm.base, vm.length, bytes.base, bytes.length, RESULT_AT)) ? load<u32>(RESULT_AT) : 0;
}

/** Sends a message; NotFound if there is no such queue. */
export function enqueue(queue: u32, at: usize, length: i32): Status { return <Status>proxy_enqueue_shared_queue(queue, at, length); }

/** Appends the oldest message to a writer and takes it out; false if there is none. */
export function dequeue(queue: u32, into: Writer): bool {
  const before = into.length;
  landIn(into);
  const good = answered(proxy_dequeue_shared_queue(queue, RESULT_AT, RESULT_SIZE));
  liftOff();
  if (!good) into.length = before;
  return good;
}

/** Sends one number. Each message leads to one call from the event loop, never nested in this one. */
export function enqueueWord(queue: u32, value: u32): bool {
  store<u32>(word, value);
  return enqueue(queue, word, 4) == Status.Ok;
}

/** Takes one number; 0 if the queue is empty. */
export function dequeueWord(queue: u32): u32 {
  message.reset();
  return dequeue(queue, message) && message.length == 4 ? load<u32>(message.base) : 0;
}
