/** All contexts of this VM, by the numbers that the host knows them by. */
import { managedBytes } from "../bytes/heap";
import { Context, HttpContext, NetworkContext, RootContext } from "./context";

export type RootFactory = (id: u32) => RootContext;

let factory: RootFactory | null = null;
const roots = new Map<u32, RootContext>();
const connections = new Map<u32, NetworkContext>();
const requests = new Map<u32, HttpContext>();
/** Streams of which the host has not yet said by a callback whether they are connections or requests: their roots. */
const unborn = new Map<u32, RootContext>();

/** Pages of memory at the last collection, bytes of objects that it left, and contexts deleted since. */
let pages: i32 = 0;
let live: usize = 0;
let deleted: i32 = 0;
/** A collection is wanted before the next callback. */
let wanted: bool = false;

/** Says which root context configurations of this module get; called once, from top-level code. */
export function setRootFactory(make: RootFactory): void { factory = make; }

/** Number of client connections, and of HTTP requests, of this VM. */
export function connectionCount(): i32 { return connections.size; }
export function requestCount(): i32 { return requests.size; }

/** `parent` 0: a root. */
export function createContext(id: u32, parent: u32): void {
  if (parent == 0) {
    const make = factory;
    if (make) roots.set(id, make(id));
  } else if (roots.has(parent)) {
    unborn.set(id, roots.get(parent));
  }
}

export function rootOf(id: u32): RootContext | null { return roots.has(id) ? roots.get(id) : null; }

/** Null: unknown. */
export function connectionOf(id: u32): NetworkContext | null {
  if (connections.has(id)) return connections.get(id);
  if (!unborn.has(id)) return null;
  const root = unborn.get(id), connection = root.createNetworkContext(id);
  unborn.delete(id);
  connections.set(id, connection);
  return connection;
}

export function requestOf(id: u32): HttpContext | null {
  if (requests.has(id)) return requests.get(id);
  if (!unborn.has(id)) return null;
  const root = unborn.get(id), request = root.createHttpContext(id);
  unborn.delete(id);
  requests.set(id, request);
  return request;
}

/** A context that still lives, or null. */
export function streamOf(id: u32): Context | null {
  if (connections.has(id)) return connections.get(id);
  return requests.has(id) ? requests.get(id) : null;
}

export function isAlive(context: Context): bool { return streamOf(context.id) === context; }

export function deleteContext(id: u32): void {
  const stream = streamOf(id), root = rootOf(id);
  if (stream) {
    stream.onDelete();
    connections.delete(id);
    requests.delete(id);
    deleted++;
  } else if (root) {
    root.onDelete();
    roots.delete(id);
  }
  unborn.delete(id);
}

/** New objects that are worth a look whether they are garbage, at least. */
const MIN_GROWTH: usize = 4 << 20;

/** Bytes of objects made since the last collection: how many of them are still of use nobody knows. */
export function unsureBytes(): usize {
  const all = managedBytes();
  return all > live ? all - live : 0;
}

/** Something may have left much garbage, or memory is scarce. */
export function collectSoon(): void { wanted = true; }

/**
 * The minimal runtime never collects by itself, so there is no shadow stack to pay for; garbage is collected between
 * callbacks, where no AssemblyScript value is on the stack: when there is half as much again as the last collection left, as
 * many streams have gone as there are, or somebody wants it.
 */
export function collectIfGrown(): void {
  if (wanted || unsureBytes() > max(MIN_GROWTH, live >> 1) || deleted > connections.size + requests.size + 256 || grewBlindly()) collect();
}

/** A module that cannot know what its objects take (harness/build/managed.mjs) goes by its memory, which doubles when it is full. */
function grewBlindly(): bool { return managedBytes() == 0 && memory.size() != pages; }

export function collect(): void {
  __collect();
  pages = memory.size();
  live = managedBytes();
  deleted = 0;
  wanted = false;
}
