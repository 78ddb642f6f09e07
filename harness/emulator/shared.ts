import { Status } from "./abi.ts";

type Wake = (queue: number) => void;
interface Queue { items: Buffer[]; wake: Wake }

/** Shared data and queues: process-wide in Envoy, apart for each `vm_id`; several emulators (workers) may share one of these. */
export class Shared {
  private readonly data = new Map<string, { value: Buffer; cas: number }>();
  private readonly names = new Map<string, number>();
  private readonly queues = new Map<number, Queue>();
  private version = 0;

  get(vm: string, key: string): { value: Buffer; cas: number } | undefined { return this.data.get(`${vm}\0${key}`); }

  /** cas 0: whatever was there; otherwise only if nobody wrote since. A key that is not there takes any. */
  set(vm: string, key: string, value: Buffer, cas: number): number {
    const old = this.get(vm, key);
    if (cas && old && cas !== old.cas) return Status.CasMismatch;
    this.data.set(`${vm}\0${key}`, { value, cas: ++this.version });
    return Status.Ok;
  }

  /** The same name again gives the same queue, woken from now on where it was registered last. */
  register(vm: string, name: string, wake: Wake): number {
    const key = `${vm}\0${name}`, id = this.names.get(key) ?? this.names.size + 1;
    this.names.set(key, id);
    const queue = this.queues.get(id);
    if (queue) queue.wake = wake;
    else this.queues.set(id, { items: [], wake });
    return id;
  }

  /** Id of a queue, 0 if nobody has registered it. */
  resolve(vm: string, name: string): number { return this.names.get(`${vm}\0${name}`) ?? 0; }

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
