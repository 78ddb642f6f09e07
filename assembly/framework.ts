/** What every codec's module exports: the callbacks of proxy-wasm, and the inspection of its codecs. It has no filters of its own: an entry that wants only some imports them. */
import "./env/abort";
import { setRootFactory } from "./context/contexts";
import { RootContext } from "./context/context";
import { ListenerRoot } from "./proxy/downstream/listenerRoot";

setRootFactory((id: u32): RootContext => new ListenerRoot(id));

export { proxy_on_memory_allocate } from "./env/memory";
export * from "./context/callbacks/root";
export * from "./context/callbacks/network";
export * from "./context/callbacks/calls";
export * from "./proxy/inspect/index";
