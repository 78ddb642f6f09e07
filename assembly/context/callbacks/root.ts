/** Callbacks of the ABI for root contexts and for the life of all contexts. */
import { Buffer } from "../../env/enums";
import { bufferText } from "../../host/buffer";
import { beginPushable, endPushable } from "../../host/callback";
import { logError } from "../../host/log";
import { dequeueWord, registerQueue } from "../../host/queue";
import { takeNumber } from "../../host/sharedData";
import { collect, collectIfGrown, connectionOf, createContext, deleteContext, rootOf, streamOf } from "../contexts";
import { RootContext } from "../context";

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_context_create(id: u32, parent: u32): void { createContext(id, parent); }

export function proxy_on_vm_start(id: u32, size: u32): u32 { return accepted(id, size, true); }
export function proxy_on_configure(id: u32, size: u32): u32 { return accepted(id, size, false); }

function accepted(id: u32, size: u32, vm: bool): u32 {
  const good = configure(id, size, vm);
  collect();
  return good ? 1 : 0;
}

/** In a function of its own: when garbage is collected, no value may be on the stack. */
function configure(id: u32, size: u32, vm: bool): bool {
  const root = rootOf(id);
  if (root === null) return false;
  const configuration = size ? bufferText(vm ? Buffer.VmConfiguration : Buffer.PluginConfiguration) : "";
  // A name of its own for each VM and root: of two that register one name only the later is woken. Time would not do, Envoy's
  // clock has whole microseconds and workers start at the same time.
  if (!vm) root.wakeQueue = registerQueue("as-proxy-wasm.wake." + takeNumber("as-proxy-wasm.roots").toString() + "." + id.toString());
  const problem = vm ? root.onVmStart(configuration) : root.onConfigure(configuration);
  if (problem !== null) logError(problem);
  return problem === null;
}

export function proxy_on_tick(id: u32): void {
  tick(id);
  collectIfGrown();
}

function tick(id: u32): void {
  const root = rootOf(id);
  if (root) root.onTick();
}

export function proxy_on_queue_ready(id: u32, queue: u32): void {
  const root = rootOf(id);
  if (root === null) return;
  if (queue == root.wakeQueue) wake(root);
  else root.onQueueReady(queue);
}

function wake(root: RootContext): void {
  const id = dequeueWord(root.wakeQueue);
  if (id == root.id) {
    root.woken = false;
    return root.onWake();
  }
  const connection = id ? connectionOf(id) : null;
  if (connection === null || !connection.select()) return;
  connection.woken = false;
  beginPushable(id);
  connection.onWake();
  endPushable();
}

export function proxy_on_foreign_function(id: u32, name: u32, size: u32): void {
  const root = rootOf(id);
  if (root) root.onForeignFunction(name, size);
}

export function proxy_on_done(id: u32): u32 {
  const root = rootOf(id);
  if (root) return root.onDone() ? 1 : 0;
  const stream = streamOf(id);
  if (stream) stream.onDone();
  return 1;
}

export function proxy_on_log(id: u32): void {
  const root = rootOf(id), stream = streamOf(id);
  if (root) root.onLog();
  else if (stream) stream.onLog();
}

export function proxy_on_delete(id: u32): void {
  deleteContext(id);
  collectIfGrown();
}
