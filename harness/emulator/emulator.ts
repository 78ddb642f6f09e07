import { readFileSync } from "node:fs";
import { Calls } from "./calls.ts";
import { Clock } from "./clock.ts";
import { Connection, type Sink } from "./connection.ts";
import { Root } from "./context.ts";
import { ConfigRejected } from "./errors.ts";
import type { Host } from "./host.ts";
import { bufferCalls } from "./hostcalls/buffer.ts";
import { callCalls } from "./hostcalls/call.ts";
import { headerCalls } from "./hostcalls/headers.ts";
import { sharedCalls } from "./hostcalls/shared.ts";
import { streamCalls } from "./hostcalls/stream.ts";
import { worldCalls } from "./hostcalls/world.ts";
import { HttpStream, type Server } from "./http/stream.ts";
import { leaks } from "./leaks.ts";
import { Logs, type LogSink } from "./logs.ts";
import { Metrics } from "./metrics.ts";
import { addressed, Properties } from "./properties.ts";
import { Shared } from "./shared.ts";
import { Vm } from "./vm.ts";

export interface EmulatorOptions {
  /** Gets every line that Envoy's log level lets through. */
  log?: LogSink;
  /** Queues and data that several emulators (workers) share. */
  shared?: Shared;
  /** Names what shared data and queues belong to; plugins with the same one and the same code run in one VM. */
  vmId?: string;
  /** What `proxy_on_vm_start` reads. */
  vmConfig?: string;
  /** What follows a trap: the VM stays dead ("closed", Envoy's default), or the next stream gets a new one ("reload"). */
  failurePolicy?: "closed" | "reload";
}

/** Least time from one VM to the next with failure policy "reload", ms; Envoy adds a random part. */
const RELOAD_MS = 1000;

/**
 * One worker's Wasm VM with a compiled module in it, behaving as Envoy 1.40 does around network and HTTP filters. Everything runs
 * at once and in the order of Envoy's event loop: there is no real time and no thread, a test says what happens next.
 * A trap throws VmTrap out of the call that led to it; streams of the dead VM have ended, and new ones end at once.
 */
export class Emulator implements Host {
  readonly logs: Logs;
  readonly clock = new Clock();
  readonly metrics = new Metrics();
  calls!: Calls;
  readonly shared: Shared;
  vm!: Vm;
  /** Properties of the whole process (node, ...); roots and connections have their own on top. */
  readonly properties = new Properties();
  readonly vmId: string;
  vmConfig: string;
  pluginConfig: string | null = null;
  /** What `proxy_on_foreign_function` reads. */
  foreignArguments: Buffer = Buffer.alloc(0);
  private ids = 0;
  private loadedAt = 0n;
  private readonly roots: Root[] = [];
  private readonly loop: (() => void)[] = [];

  /** Loads a compiled module. Throws ModuleRefused with Envoy's words, or VmTrap. */
  static load(wasm: string | Uint8Array, options: EmulatorOptions = {}): Emulator {
    return new Emulator(typeof wasm === "string" ? readFileSync(wasm) : wasm, options);
  }

  private constructor(private readonly wasm: Uint8Array, private readonly options: EmulatorOptions) {
    this.logs = new Logs(options.log);
    this.shared = options.shared ?? new Shared();
    this.vmId = options.vmId ?? "";
    this.vmConfig = options.vmConfig ?? "";
    this.startVm();
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
    if (!this.configure(root)) {
      this.vm.contexts.delete(root.id);
      throw new ConfigRejected(this.logs.last("warn") || "the module refused its configuration and logged no reason");
    }
    this.roots.push(root);
    return root;
  }

  /** A configuration goes. Its streams must have ended before. It is gone at once unless `proxy_on_done` returns 0. */
  removeRoot(root: Root): void {
    if (this.vm.call("proxy_on_done", root, root.id) === 0) root.pendingDone = true;
    else this.deleteRoot(root);
  }

  finishRoot = (root: Root): boolean => {
    if (!root.pendingDone) return false;
    root.pendingDone = false;
    this.vm.defer(() => this.deleteRoot(root));
    return true;
  };

  /** A client connection of a listener with this plugin configuration; the sink is the next filter. */
  newConnection(root: Root, sink: Sink | null = null): Connection {
    this.newStream();
    const connection = new Connection(this.vm, ++this.ids, root, sink);
    addressed(connection.properties, connection.id);
    if (this.vm.dead) connection.fail();
    else {
      this.vm.contexts.set(connection.id, connection);
      connection.start();
    }
    return connection;
  }

  /** A request of a client, which begins with `requestHeaders`; the server is told of it once it has passed the filter. */
  newHttpStream(root: Root, server: Server | null = null): HttpStream {
    this.newStream();
    const stream = new HttpStream(this.vm, ++this.ids, root, this.clock.now, server);
    addressed(stream.properties, stream.id);
    if (this.vm.dead) stream.fail();
    else this.vm.contexts.set(stream.id, stream);
    return stream;
  }

  /** Calls `proxy_on_foreign_function` of a root, as hosts other than Envoy do. */
  callForeignFunction(root: Root, id: number, argument: Uint8Array): void {
    this.foreignArguments = Buffer.from(argument);
    this.vm.call("proxy_on_foreign_function", root, root.id, id, argument.length);
    this.foreignArguments = Buffer.alloc(0);
  }

  /** Throws if the test left streams or calls open, or the module's memory has grown beyond a bound (64 MiB). */
  assertNoLeaks(memory?: number): void {
    const found = leaks(this, memory);
    if (found.length > 0) throw new Error(`left behind: ${found.join("; ")}`);
  }

  /** Connections that the module still knows of. */
  connections(): Connection[] {
    return [...this.vm.contexts.values()].flatMap(context => context instanceof Connection && !context.closed ? [context] : []);
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

  private startVm(): void {
    this.vm = new Vm();
    this.calls = new Calls(this.vm);
    this.ids = 0;
    this.loadedAt = this.clock.now;
    this.vm.load(this.wasm, {
      ...bufferCalls(this), ...headerCalls(this), ...streamCalls(this), ...worldCalls(this), ...sharedCalls(this), ...callCalls(this),
    });
  }

  private configure(root: Root): boolean {
    this.vm.contexts.set(root.id, root);
    this.vm.call("proxy_on_context_create", root, root.id, 0);
    const started = this.vm.call("proxy_on_vm_start", root, root.id, Buffer.byteLength(this.vmConfig)) ?? 1;
    this.pluginConfig = root.config;
    const accepted = started && (this.vm.call("proxy_on_configure", root, root.id, Buffer.byteLength(root.config)) ?? 1);
    this.pluginConfig = null;
    return Boolean(accepted);
  }

  private deleteRoot(root: Root): void {
    this.vm.call("proxy_on_delete", root, root.id);
    root.closed = true;
    root.tickPeriod = 0;
    this.roots.splice(this.roots.indexOf(root), 1);
    this.vm.contexts.delete(root.id);
  }

  /** Before each stream: what has ended is forgotten, and a dead VM makes way for a new one if that is the policy. */
  private newStream(): void {
    this.vm.forget();
    const due = this.clock.now - this.loadedAt >= BigInt(RELOAD_MS) * 1_000_000n;
    if (!this.vm.dead || this.options.failurePolicy !== "reload" || !due) return;
    this.startVm();
    for (const root of this.roots) {
      root.id = ++this.ids;
      this.configure(root);
    }
  }
}
