/** What happens after a time, for the whole VM: a heap of timers, and a root whose tick fires them. */
import { refreshNow } from "./clock";

/** Something to do at a time. May be used again once it has fired. */
export abstract class Timer {
  /** When, in milliseconds since 1970. */
  due: u64 = 0;
  /** No connection's context is selected. */
  abstract fire(): void;
}

/** Whoever can see to it that `fireTimers` is called in time. */
export interface TickScheduler {
  rescheduleSooner(): void;
}

const heap: Timer[] = [];
let scheduler: TickScheduler | null = null;

/** Framework: who ticks. */
export function setTickScheduler(who: TickScheduler | null): void { scheduler = who; }

/** Fires a timer after some milliseconds; some later than that, never earlier. */
export function after(ms: i32, timer: Timer): void {
  timer.due = refreshNow() + <u64>ms;
  heap.push(timer);
  rise(heap.length - 1);
  const who = scheduler;
  if (who !== null && heap[0] === timer) who.rescheduleSooner();
}

/** When the next timer is due; u64.MAX_VALUE: there is none. */
export function nextDue(): u64 { return heap.length ? heap[0].due : u64.MAX_VALUE; }

/** Fires what is due. */
export function fireTimers(now: u64): void {
  while (heap.length && heap[0].due <= now) {
    const timer = heap[0], last = heap.pop();
    if (heap.length) {
      heap[0] = last;
      sink(0);
    }
    timer.fire();
  }
}

function rise(from: i32): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent].due <= heap[at].due) return;
    swap(at, parent);
    at = parent;
  }
}

function sink(from: i32): void {
  let at = from;
  for (;;) {
    let least = at;
    for (let child = at * 2 + 1; child <= at * 2 + 2 && child < heap.length; child++) if (heap[child].due < heap[least].due) least = child;
    if (least == at) return;
    swap(at, least);
    at = least;
  }
}

function swap(a: i32, b: i32): void {
  const timer = heap[a];
  heap[a] = heap[b];
  heap[b] = timer;
}
