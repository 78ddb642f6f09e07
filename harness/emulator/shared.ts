import { Status } from "./abi.ts";

type Wake = (queue: number) => void;
interface Queue { id: number; name: string; items: Buffer[]; wake: Wake }

/** Shared data and queues: process-wide in Envoy, so several emulators may share one of these. */
export class Shared {
  private readonly data = new Map<string, { value: Buffer; cas: number }>();
  private readonly queues = new Map<number, Queue>();

  get(key: string): { value: Buffer; cas: number } | undefined { return this.data.get(key); }

  /** cas 0: whatever was there; otherwise only if nobody wrote since. */
  set(key: string, value: Buffer, cas: number): number {
    const old = this.data.get(key);
    if (cas && cas !== (old?.cas ?? 0)) return Status.CasMismatch;
    this.data.set(key, { value, cas: (old?.cas ?? 0) + 1 });
    return Status.Ok;
  }

  /** The same name again gives the same queue, woken from now on where it was registered last. */
  register(name: string, wake: Wake): number {
    const old = this.find(name);
    if (old) old.wake = wake;
    else this.queues.set(this.queues.size + 1, { id: this.queues.size + 1, name, items: [], wake });
    return old?.id ?? this.queues.size;
  }

  find(name: string): Queue | undefined { return [...this.queues.values()].find(queue => queue.name === name); }

  enqueue(id: number, value: Buffer): number {
    const queue = this.queues.get(id);
    if (!queue) return Status.NotFound;
    queue.items.push(value);
    queue.wake(id);
    return Status.Ok;
  }

  /** The oldest item, undefined if there is none, null if there is no such queue. */
  dequeue(id: number): Buffer | undefined | null {
    const queue = this.queues.get(id);
    return queue ? queue.items.shift() : null;
  }
}
