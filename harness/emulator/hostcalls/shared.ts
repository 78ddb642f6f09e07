import { Status } from "../abi.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

/** Shared data and shared queues. A queue wakes the root that registered it from the event loop, once for each item. */
export function sharedCalls(host: Host): Record<string, HostCall> {
  const { vm, shared } = host;
  const text = (at: number, length: number): string => vm.memory.read(at, length)?.toString("latin1") ?? "";
  const done = (written: boolean): number => written ? Status.Ok : Status.InvalidMemoryAccess;
  return {
    proxy_get_shared_data: (keyAt: number, keyLength: number, valueAt: number, sizeAt: number, casAt: number): number => {
      const entry = shared.get(host.vmId, text(keyAt, keyLength));
      if (!entry) return Status.NotFound;
      const status = vm.memory.give(entry.value, valueAt, sizeAt);
      return status === Status.Ok ? done(vm.memory.u32(casAt, entry.cas)) : status;
    },
    proxy_set_shared_data: (keyAt: number, keyLength: number, valueAt: number, size: number, cas: number): number => {
      const value = vm.memory.read(valueAt, size);
      return value ? shared.set(host.vmId, text(keyAt, keyLength), value, cas) : Status.InvalidMemoryAccess;
    },
    proxy_register_shared_queue: (nameAt: number, nameLength: number, idAt: number): number => {
      const { root } = vm.context;
      const wake = (queue: number): void => host.post(() => {
        if (!vm.dead && vm.contexts.get(root.id) === root) vm.call("proxy_on_queue_ready", root, root.id, queue);
      });
      return done(vm.memory.u32(idAt, shared.register(host.vmId, text(nameAt, nameLength), wake)));
    },
    proxy_resolve_shared_queue: (vmAt: number, vmLength: number, nameAt: number, nameLength: number, idAt: number): number => {
      const queue = shared.resolve(text(vmAt, vmLength) || host.vmId, text(nameAt, nameLength));
      return queue ? done(vm.memory.u32(idAt, queue)) : Status.NotFound;
    },
    proxy_enqueue_shared_queue: (id: number, valueAt: number, size: number): number => {
      const value = vm.memory.read(valueAt, size);
      return value ? shared.enqueue(id, value) : Status.InvalidMemoryAccess;
    },
    proxy_dequeue_shared_queue: (id: number, valueAt: number, sizeAt: number): number => {
      const value = shared.dequeue(id);
      if (value === null) return Status.NotFound;
      return value ? vm.memory.give(value, valueAt, sizeAt) : Status.Empty;
    },
  };
}
