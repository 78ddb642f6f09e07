import { Peer, Status, StreamType } from "../abi.ts";
import { EnvoyCrash } from "../errors.ts";
import { decodePairs } from "../pairs.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

const SEGFAULT = "Caught Segmentation fault, suspect faulting address 0x0";

/** Continuing and closing streams, choosing the context. Envoy acts only after the callback has returned. */
export function streamCalls({ vm, finishRoot }: Host): Record<string, HostCall> {
  return {
    proxy_set_effective_context: (id: number): number => vm.select(id) ? Status.Ok : Status.BadArgument,
    proxy_continue_stream: (type: number): number => {
      const { connection, http } = vm.context;
      switch (type) {
        case StreamType.Request: case StreamType.Response: {
          if (!http) return Status.Ok;
          const half = type === StreamType.Request ? http.request : http.response;
          vm.defer(() => half.resume());
          // of either direction, as Envoy does it
          http.request.forget();
          return Status.Ok;
        }
        case StreamType.Downstream:
          if (vm.writes > 0) throw new EnvoyCrash(`${SEGFAULT}: proxy_continue_stream(DOWNSTREAM) was called inside of proxy_on_upstream_data`);
          if (connection) vm.defer(() => vm.nest(() => connection.passOn()));
          return Status.Ok;
        default: return type === StreamType.Upstream ? Status.Unimplemented : Status.BadArgument;
      }
    },
    proxy_close_stream: (type: number): number => {
      const { connection, http } = vm.context;
      if (type >>> 0 > StreamType.Upstream) return Status.BadArgument;
      if (type >= StreamType.Downstream && connection) vm.defer(() => connection.close(Peer.Local));
      if (type < StreamType.Downstream && http) vm.defer(() => http.abort("wasm_close_stream"));
      return Status.Ok;
    },
    proxy_send_local_response: (code: number, dp: number, dl: number, bp: number, bl: number, hp: number, hl: number, grpcStatus: number): number => {
      const details = vm.memory.read(dp, dl), body = vm.memory.read(bp, bl), headers = vm.memory.read(hp, hl);
      if (!details || !body || !headers) return Status.InvalidMemoryAccess;
      const { http } = vm.context;
      // white space in details would break access logs: Envoy puts underscores there
      const reply = { code, body, headers: decodePairs(headers), grpcStatus, details: details.toString().replace(/\s/g, "_") };
      if (http) vm.defer(() => http.answer(reply));
      vm.stopIteration();
      return Status.Ok;
    },
    proxy_done: (): number => finishRoot(vm.context.root) ? Status.Ok : Status.NotFound,
  };
}
