/** What every module exports: the callbacks of proxy-wasm, and the inspection of its codecs. A module's entry re-exports it. */
import "./env/abort";
import { setRootFactory } from "./context/dispatcher";
import { RootContext } from "./context/root";
import { ServiceRoot } from "./meta/root";

setRootFactory((id: u32): RootContext => new ServiceRoot(id));

export { proxy_on_memory_allocate } from "./env/memory";
export {
  proxy_abi_version_0_2_1, proxy_on_configure, proxy_on_context_create, proxy_on_delete, proxy_on_done,
  proxy_on_downstream_connection_close, proxy_on_downstream_data, proxy_on_log, proxy_on_new_connection,
  proxy_on_queue_ready, proxy_on_tick, proxy_on_upstream_connection_close, proxy_on_upstream_data, proxy_on_vm_start,
} from "./context/dispatcher";
export * from "./meta/inspect/index";
