import { Status } from "../abi.ts";
import type { Host } from "../host.ts";
import { encodePairs } from "../pairs.ts";
import type { HostCall } from "../vm.ts";

/** HTTP and gRPC calls, and the header maps of their answers; a network filter has no other maps. */
export function callCalls({ vm, calls }: Host): Record<string, HostCall> {
  const bytes = (at: number, length: number): Buffer => vm.memory.read(at, length) ?? Buffer.alloc(0);
  const text = (at: number, length: number): string => bytes(at, length).toString();
  const started = (result: number | { status: number }, idAt: number): number => {
    if (typeof result === "object") return result.status;
    return vm.memory.u32(idAt, result) ? Status.Ok : Status.InvalidMemoryAccess;
  };
  const refuse = (): number => Status.BadArgument;
  return {
    proxy_http_call: (up: number, ul: number, hp: number, hl: number, bp: number, bl: number, tp: number, tl: number, ms: number, idAt: number): number =>
      started(calls.startHttp(vm.context.root, text(up, ul), bytes(hp, hl), bytes(bp, bl), bytes(tp, tl), ms), idAt),
    proxy_grpc_call: (up: number, ul: number, sp: number, sl: number, mp: number, ml: number, dp: number, dl: number, gp: number, gl: number, _ms: number, idAt: number): number => {
      const id = calls.startGrpc(vm.context.root, text(up, ul), text(sp, sl), text(mp, ml), bytes(dp, dl));
      if (typeof id === "number") calls.sendGrpc(id, bytes(gp, gl), true);
      return started(id, idAt);
    },
    proxy_grpc_stream: (up: number, ul: number, sp: number, sl: number, mp: number, ml: number, dp: number, dl: number, idAt: number): number =>
      started(calls.startGrpc(vm.context.root, text(up, ul), text(sp, sl), text(mp, ml), bytes(dp, dl)), idAt),
    proxy_grpc_send: (id: number, at: number, length: number, end: number): number => calls.sendGrpc(id, bytes(at, length), end !== 0),
    proxy_grpc_cancel: (id: number): number => calls.endGrpc(id),
    proxy_grpc_close: (id: number): number => calls.endGrpc(id),
    proxy_get_status: (codeAt: number, textAt: number, sizeAt: number): number =>
      vm.memory.u32(codeAt, calls.status.code) ? vm.memory.give(Buffer.from(calls.status.text), textAt, sizeAt) : Status.InvalidMemoryAccess,
    proxy_get_header_map_size: (type: number, sizeAt: number): number => {
      const pairs = calls.maps.get(type);
      return pairs && vm.memory.u32(sizeAt, encodePairs(pairs).length) ? Status.Ok : Status.BadArgument;
    },
    proxy_get_header_map_pairs: (type: number, at: number, sizeAt: number): number => {
      const pairs = calls.maps.get(type);
      return pairs ? vm.memory.give(encodePairs(pairs), at, sizeAt) : Status.BadArgument;
    },
    proxy_get_header_map_value: (type: number, keyAt: number, keyLength: number, valueAt: number, sizeAt: number): number => {
      const pairs = calls.maps.get(type), key = text(keyAt, keyLength);
      if (!pairs) return Status.BadArgument;
      const found = pairs.find(([name]) => name === key);
      return found ? vm.memory.give(Buffer.from(found[1]), valueAt, sizeAt) : Status.NotFound;
    },
    proxy_set_header_map_pairs: refuse,
    proxy_add_header_map_value: refuse,
    proxy_replace_header_map_value: refuse,
    proxy_remove_header_map_value: refuse,
  };
}
