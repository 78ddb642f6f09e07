// The toy codec with the inspection exports alone, for tests that need no filter around it.
import "../toy/register";

export * from "../../assembly/proxy/inspect";
export { proxy_on_memory_allocate } from "../../assembly/env/memory";
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_context_create(id: u32, root: u32): void {}
export { abort } from "../../assembly/env/abort";
