import { Status } from "../abi.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

/** HTTP and gRPC calls, and how the last one ended. */
export function callCalls({ vm, calls }: Host): Record<string, HostCall> {
  /** Pairs of address and length to bytes; null: one is outside of the guest's memory. */
  const read = (...places: [number, number][]): Buffer[] | null => {
    const all = places.map(([at, length]) => vm.memory.read(at, length));
    return all.includes(null) ? null : all as Buffer[];
  };
  const started = (result: number | { status: number }, idAt: number): number => {
    if (typeof result === "object") return result.status;
    return vm.memory.u32(idAt, result) ? Status.Ok : Status.InvalidMemoryAccess;
  };
  return {
    proxy_http_call: (up: number, ul: number, hp: number, hl: number, bp: number, bl: number, tp: number, tl: number, ms: number, idAt: number): number => {
      const [cluster, headers, body, trailers] = read([up, ul], [hp, hl], [bp, bl], [tp, tl]) ?? [];
      if (!cluster || !headers || !body || !trailers || !vm.memory.u32(idAt, 0)) return Status.InvalidMemoryAccess;
      return started(calls.startHttp(vm.context.root, cluster.toString(), headers, body, trailers, ms), idAt);
    },
    proxy_grpc_call: (up: number, ul: number, sp: number, sl: number, mp: number, ml: number, dp: number, dl: number, gp: number, gl: number, ms: number, idAt: number): number => {
      const [service, name, method, metadata, message] = read([up, ul], [sp, sl], [mp, ml], [dp, dl], [gp, gl]) ?? [];
      if (!service || !name || !method || !metadata || !message) return Status.InvalidMemoryAccess;
      return started(calls.startGrpc(vm.context.root, service, name.toString(), method.toString(), metadata, message, ms), idAt);
    },
    proxy_grpc_stream: (up: number, ul: number, sp: number, sl: number, mp: number, ml: number, dp: number, dl: number, idAt: number): number => {
      const [service, name, method, metadata] = read([up, ul], [sp, sl], [mp, ml], [dp, dl]) ?? [];
      if (!service || !name || !method || !metadata) return Status.InvalidMemoryAccess;
      return started(calls.startGrpc(vm.context.root, service, name.toString(), method.toString(), metadata, null, 0), idAt);
    },
    proxy_grpc_send: (id: number, at: number, length: number, end: number): number => {
      const message = vm.memory.read(at, length);
      return message ? calls.sendGrpc(id, message, end !== 0) : Status.InvalidMemoryAccess;
    },
    proxy_grpc_cancel: (id: number): number => calls.cancelGrpc(id),
    proxy_grpc_close: (id: number): number => calls.endGrpc(id),
    proxy_get_status: (codeAt: number, textAt: number, sizeAt: number): number =>
      vm.memory.u32(codeAt, calls.status.code) ? vm.memory.give(Buffer.from(calls.status.text), textAt, sizeAt) : Status.InvalidMemoryAccess,
  };
}
