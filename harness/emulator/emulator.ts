import { readFileSync } from "node:fs";
import { Calls } from "./calls.ts";
import { Clock } from "./clock.ts";
import { Connection, type Sink } from "./connection.ts";
import { Root } from "./context.ts";
import { ConfigRejected } from "./errors.ts";
import type { Host } from "./host.ts";
import { bufferCalls } from "./hostcalls/buffer.ts";
import { callCalls } from "./hostcalls/call.ts";
import { sharedCalls } from "./hostcalls/shared.ts";
import { streamCalls } from "./hostcalls/stream.ts";
import { worldCalls } from "./hostcalls/world.ts";
import { Logs, type LogSink } from "./logs.ts";
import { Metrics } from "./metrics.ts";
import { Properties } from "./properties.ts";
import { Shared } from "./shared.ts";
import { Vm } from "./vm.ts";

export interface EmulatorOptions {
  /** Gets every line that Envoy's log level lets through. */
  log?: LogSink;
  /** Queues and data that several emulators (workers) share. */
  shared?: Shared;
  /** What `proxy_on_vm_start` reads. */
  vmConfig?: string;
}

/**
 * One worker's Wasm VM with a compiled module in it, behaving as Envoy 1.40 does around a network filter. Everything runs
 * at once and in the order of Envoy's event loop: there is no real time and no thread, a test says what happens next.
 * A trap throws VmTrap out of the call that led to it, and so out of every later one.
 */
export class Emulator implements Host {
  readonly logs: Logs;
  readonly clock = new Clock();
  readonly metrics = new Metrics();
  readonly calls: Calls;
  readonly shared: Shared;
  readonly vm = new Vm();
  /** Properties of the whole process (node, ...); roots and connections have their own on top. */
  readonly properties = new Properties();
  vmConfig: string;
  pluginConfig: string | null = null;
  private ids = 0;
  private readonly roots: Root[] = [];
  private readonly loop: (() => void)[] = [];

  /** Loads a compiled module. Throws ModuleRefused with Envoy's words, or VmTrap. */
  static load(wasm: string | Uint8Array, options: EmulatorOptions = {}): Emulator {
    return new Emulator(typeof wasm === "string" ? readFileSync(wasm) : wasm, options);
  }

  private constructor(wasm: Uint8Array, options: EmulatorOptions) {
    this.logs = new Logs(options.log);
    this.shared = options.shared ?? new Shared();
    this.vmConfig = options.vmConfig ?? "";
    this.calls = new Calls(this.vm);
    this.vm.load(wasm, { ...bufferCalls(this), ...streamCalls(this), ...worldCalls(this), ...sharedCalls(this), ...callCalls(this) });
  }

  /** Why the VM died, null while it lives. */
  get dead(): string | null { return this.vm.dead; }

  /** Size of the module's memory. */
  memoryBytes(): number { return this.vm.memory.size; }

  /** How often a host call was made; `resetCalls` starts again. */
  hostCalls(name: string): number { return this.vm.calls.get(name) ?? 0; }
  resetCalls(): void { this.vm.calls.clear(); }

  /** A plugin configuration. Throws ConfigRejected with what the module logged if it returns 0. */
  createRoot(config: string, vmConfig = this.vmConfig): Root {
    const root = new Root(++this.ids, config, this.properties);
    this.vmConfig = vmConfig;
    this.vm.contexts.set(root.id, root);
    this.vm.call("proxy_on_context_create", root, root.id, 0);
    const started = this.vm.call("proxy_on_vm_start", root, root.id, Buffer.byteLength(vmConfig)) ?? 1;
    this.pluginConfig = config;
    const accepted = started && (this.vm.call("proxy_on_configure", root, root.id, Buffer.byteLength(config)) ?? 1);
    this.pluginConfig = null;
    if (!accepted) {
      this.vm.contexts.delete(root.id);
      throw new ConfigRejected(this.logs.last("warn") || "the module refused its configuration and logged no reason");
    }
    this.roots.push(root);
    return root;
  }

  /** A client connection of a listener with this plugin configuration; the sink is the next filter. */
  newConnection(root: Root, sink: Sink | null = null): Connection {
    this.vm.forget();
    const connection = new Connection(this.vm, ++this.ids, root, sink);
    connection.properties.set(["connection_id"], connection.id);
    connection.properties.set(["source", "address"], `127.0.0.1:${40000 + (connection.id % 20000)}`);
    this.vm.contexts.set(connection.id, connection);
    connection.start();
    return connection;
  }

  /** Connections that the module still knows of. */
  connections(): Connection[] {
    return [...this.vm.contexts.values()].flatMap(context => context.connection && !context.connection.closed ? [context.connection] : []);
  }

  /** Moves time forward and runs every tick that falls due, in order. */
  advance(ms: number): void {
    const end = this.clock.now + BigInt(Math.round(ms * 1e6));
    for (;;) {
      const due = this.roots.filter(root => root.tickPeriod > 0 && root.tickDue <= end);
      const next = due.sort((a, b) => Number(a.tickDue - b.tickDue))[0];
      if (!next) break;
      this.clock.now = next.tickDue;
      this.tick(next);
      next.tickDue = this.clock.now + BigInt(next.tickPeriod) * 1_000_000n;
      this.drainQueues();
    }
    this.clock.now = end;
    this.drainQueues();
  }

  /** One tick of a root, or of all, now. */
  tick(root?: Root): void {
    this.vm.forget();
    for (const each of root ? [root] : this.roots) this.vm.call("proxy_on_tick", each, each.id);
  }

  /** Runs the event loop until nothing is posted any more. Returns how many tasks ran; throws if they never end. */
  drainQueues(limit = 1_000_000): number {
    let count = 0;
    for (let task = this.loop.shift(); task; task = this.loop.shift()) {
      this.vm.forget();
      task();
      if (++count > limit) throw new Error(`the event loop is still busy after ${limit} tasks`);
    }
    return count;
  }

  post(task: () => void): void { this.loop.push(task); }
}
