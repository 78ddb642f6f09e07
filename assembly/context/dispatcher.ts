/** The callbacks that Envoy calls, passed on to the contexts. module.ts exports them under the same names. */
import { Action, Buffer, Peer } from "../env/enums";
import { bufferText } from "../host/buffer";
import { beginPushable, endPushable } from "../host/callback";
import { nowNanoseconds } from "../host/clock";
import { dequeueWord, registerQueue } from "../host/queue";
import { logError } from "../host/log";
import { selectContext } from "../host/stream";
import { NetworkContext } from "./network";
import { RootContext } from "./root";

export type RootFactory = (id: u32) => RootContext;

let factory: RootFactory | null = null;
const roots = new Map<u32, RootContext>();
const connections = new Map<u32, NetworkContext>();

/** Pages of memory at the last collection, and contexts deleted since. */
let pages: i32 = 0;
let deleted: i32 = 0;

/** Says which root context configurations of this module get; called once, from top-level code. */
export function setRootFactory(make: RootFactory): void { factory = make; }

/** Number of client connections of this VM. */
export function connectionCount(): i32 { return connections.size; }

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent == 0) {
    const make = factory;
    if (make) roots.set(id, make(id));
    return;
  }
  if (!roots.has(parent)) return;
  connections.set(id, roots.get(parent).createNetworkContext(id));
}

export function proxy_on_vm_start(id: u32, size: u32): u32 { return 1; }

export function proxy_on_configure(id: u32, size: u32): u32 {
  if (!roots.has(id)) return 0;
  const root = roots.get(id);
  const accepted = configure(root, size ? bufferText(Buffer.PluginConfiguration) : "");
  collect();
  return accepted ? 1 : 0;
}

/** In a function of its own: when garbage is collected, no value may be on the stack. */
function configure(root: RootContext, configuration: string): bool {
  const problem = root.onConfigure(configuration);
  // A name of its own for each VM and root: a queue belongs to the thread that registered it.
  root.wakeQueue = registerQueue("meltemi.wake." + nowNanoseconds().toString() + "." + root.id.toString());
  if (problem !== null) logError(problem);
  return problem === null;
}

export function proxy_on_tick(id: u32): void {
  if (roots.has(id)) roots.get(id).onTick();
  collectIfGrown();
}

export function proxy_on_queue_ready(id: u32, queue: u32): void {
  const target = dequeueWord(queue);
  if (target == 0 || !connections.has(target) || !selectContext(target)) return;
  const connection = connections.get(target);
  connection.woken = false;
  beginPushable(target);
  connection.onWake();
  endPushable();
}

export function proxy_on_new_connection(id: u32): u32 {
  return connections.has(id) ? connections.get(id).onNewConnection() : Action.Continue;
}

export function proxy_on_downstream_data(id: u32, size: u32, end: u32): u32 {
  if (!connections.has(id)) return Action.Continue;
  beginPushable(id);
  const action = connections.get(id).onDownstreamData(<i32>size, end != 0);
  endPushable();
  return action;
}

export function proxy_on_upstream_data(id: u32, size: u32, end: u32): u32 {
  return connections.has(id) ? connections.get(id).onUpstreamData(<i32>size, end != 0) : Action.Continue;
}

export function proxy_on_downstream_connection_close(id: u32, peer: u32): void {
  if (connections.has(id)) connections.get(id).onDownstreamClose(<Peer>peer);
}

export function proxy_on_upstream_connection_close(id: u32, peer: u32): void {}

export function proxy_on_done(id: u32): u32 { return 1; }

export function proxy_on_log(id: u32): void {}

export function proxy_on_delete(id: u32): void {
  if (connections.has(id)) {
    connections.get(id).onDelete();
    connections.delete(id);
    deleted++;
  } else if (roots.has(id)) {
    roots.get(id).onDelete();
    roots.delete(id);
  }
  collectIfGrown();
}

/**
 * The minimal runtime never collects by itself, so there is no shadow stack to pay for; garbage is collected here, where
 * no AssemblyScript value is on the stack: when memory has grown or as many connections have gone as there are.
 */
function collectIfGrown(): void {
  if (memory.size() != pages || deleted > connections.size + 256) collect();
}

function collect(): void {
  __collect();
  pages = memory.size();
  deleted = 0;
}
