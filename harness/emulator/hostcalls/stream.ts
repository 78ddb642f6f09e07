import { Peer, Status, StreamType } from "../abi.ts";
import { EnvoyCrash } from "../errors.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

/** Continuing and closing streams, choosing the context. Envoy acts only after the callback has returned. */
export function streamCalls({ vm }: Host): Record<string, HostCall> {
  return {
    proxy_set_effective_context: (id: number): number => vm.select(id) ? Status.Ok : Status.BadArgument,
    proxy_continue_stream: (type: number): number => {
      if (type !== StreamType.Downstream) return type === StreamType.Upstream ? Status.Unimplemented : Status.BadArgument;
      if (vm.writes > 0) {
        throw new EnvoyCrash("Caught Segmentation fault, suspect faulting address 0x0: proxy_continue_stream(DOWNSTREAM) was called inside of proxy_on_upstream_data");
      }
      const { connection } = vm.context;
      if (connection) vm.defer(() => vm.nest(() => connection.passOn()));
      return Status.Ok;
    },
    proxy_close_stream: (type: number): number => {
      if (type !== StreamType.Downstream && type !== StreamType.Upstream) return Status.BadArgument;
      const { connection } = vm.context;
      if (connection) vm.defer(() => connection.close(Peer.Local));
      return Status.Ok;
    },
    proxy_done: (): number => Status.NotFound,
    proxy_send_local_response: (): number => Status.BadArgument,
  };
}
