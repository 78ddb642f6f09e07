/** What the host calls of a module. A module's entry re-exports it. */
import "./env/abort";

export { proxy_on_memory_allocate } from "./env/memory";
export * from "./context/callbacks/root";
export * from "./context/callbacks/network";
export * from "./context/callbacks/http";
export * from "./context/callbacks/calls";
