import { ABI_MARKER, CALLBACKS, HOST_CALLS, LEGAL_WHILE_ALLOCATING } from "./abi.ts";
import { shapeOf } from "./binary.ts";
import type { Context } from "./context.ts";
import { EnvoyCrash, ModuleRefused, VmTrap } from "./errors.ts";
import { GuestMemory } from "./memory.ts";

export type HostCall = (...args: never[]) => number;
type Guest = Record<string, (...args: number[]) => number | undefined>;

/** More pushes nested in each other overflow V8's stack in Envoy (250 passed, 264 did not: reference run on 1.40.0). */
const MAX_NESTED = 250;

/** More than any action: a request that the module has answered does not go on. */
export const STOPPED = 255;

/** One VM: the instance, whose turn it is, and what waits for the end of the callback. */
export class Vm {
  readonly contexts = new Map<number, Context>();
  /** Set by `load`. */
  memory!: GuestMemory;
  /** Host calls made, and callbacks run, by name. */
  readonly calls = new Map<string, number>();
  readonly called = new Map<string, number>();
  /** Why the VM died, null while it lives. */
  dead: string | null = null;
  /** How many `proxy_on_upstream_data` are under way: Envoy crashes if one of them pushes. */
  writes = 0;
  /** The deepest nesting of pushes so far. */
  deepest = 0;
  private current: Context | null = null;
  private effective = 0;
  private initializing = false;
  private readonly deferred: (() => void)[] = [];
  private answered = false;
  private nested = 0;
  private guest: Guest = {};

  /** Checks and starts a module; once, before anything else. */
  load(wasm: Uint8Array, hostCalls: Record<string, HostCall>): void {
    check(wasm);
    const module = new WebAssembly.Module(wasm);
    const instance = new WebAssembly.Instance(module, this.imports(module, hostCalls));
    this.guest = instance.exports as unknown as Guest;
    if (!(instance.exports.memory instanceof WebAssembly.Memory)) throw new ModuleRefused("Wasm module exports no memory");
    const { malloc, proxy_on_memory_allocate: allocate } = this.guest;
    if (!malloc && !allocate) throw new ModuleRefused("Wasm module is missing malloc or proxy_on_memory_allocate");
    this.memory = new GuestMemory(instance.exports.memory, (malloc ?? allocate) as (size: number) => number);
    this.initialize();
  }

  /** The context that host calls act on: the selected one if it still lives, otherwise whose callback it is. */
  get context(): Context {
    const context = this.contexts.get(this.effective) ?? this.current;
    if (!context) throw new VmTrap("a host call outside of any callback");
    return context;
  }

  /** Whose callback is running, whatever is selected. */
  get running(): Context { return this.current ?? this.context; }

  /** Refuses a context that is gone; what was selected before stays selected. 0 selects nothing. */
  select(id: number): boolean {
    if (id && !this.contexts.has(id)) return false;
    this.effective = id;
    return true;
  }

  /** Envoy destroys a closed stream's context after the event, so its id answers for a moment longer. */
  forget(): void {
    for (const [id, { closed }] of this.contexts) if (closed) this.contexts.delete(id);
  }

  /**
   * Runs a callback, and then what it asked for. Undefined if the module does not export it; STOPPED if it answered the
   * request itself, whatever it returned.
   */
  call(name: string, context: Context, ...args: number[]): number | undefined {
    if (this.dead) throw new VmTrap(this.dead);
    const run = this.guest[name];
    if (!run) return undefined;
    this.called.set(name, (this.called.get(name) ?? 0) + 1);
    const before = [this.current, this.effective] as const;
    this.current = context;
    this.effective = 0;
    let result: number | undefined;
    try {
      result = run(...args);
    } catch (error) {
      throw this.die(error, name);
    } finally {
      [this.current, this.effective] = before;
    }
    if (this.answered) result = STOPPED;
    this.answered = false;
    this.runDeferred();
    return result;
  }

  /** The module answers a request itself: nothing goes on, whatever its callback returns. */
  stopIteration(): void { this.answered = true; }

  /** Queues what Envoy does only once the callback has returned. */
  defer(action: () => void): void { this.deferred.push(action); }

  /** Runs a push, which may write back at once and so run further queued pushes inside of itself, as in Envoy. */
  nest(push: () => void): void {
    this.deepest = Math.max(this.deepest, ++this.nested);
    if (this.nested > MAX_NESTED) throw this.die(new RangeError("Maximum call stack size exceeded"), "proxy_on_upstream_data");
    try {
      push();
    } finally {
      this.nested--;
    }
  }

  /** Marks the VM dead and returns the error to throw. Envoy ends every stream of it. */
  die(error: unknown, where: string): Error {
    if (error instanceof EnvoyCrash || (error instanceof VmTrap && this.dead)) return error;
    this.dead ??= `Function: ${where} failed: Uncaught ${String(error)}`;
    this.deferred.length = 0;
    for (const context of this.contexts.values()) context.fail();
    return new VmTrap(this.dead, { cause: error });
  }

  private runDeferred(): void {
    for (let action = this.deferred.shift(); action; action = this.deferred.shift()) action();
  }

  private initialize(): void {
    const start = this.guest._initialize ?? this.guest._start;
    this.initializing = true;
    try {
      start?.();
      if (this.guest._initialize) this.guest.main?.(0, 0);
    } catch (error) {
      throw this.die(error, "_initialize");
    }
    this.initializing = false;
  }

  private imports(module: WebAssembly.Module, hostCalls: Record<string, HostCall>): WebAssembly.Imports {
    const imports: WebAssembly.Imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const run = hostCalls[name];
      if (!run) throw new ModuleRefused(`Failed to load Wasm module due to a missing import: ${from}.${name}`);
      (imports[from] ??= {})[name] = this.guarded(name, run);
    }
    return imports;
  }

  private guarded(name: string, run: HostCall): (...args: never[]) => number {
    return (...args) => {
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
      if (!(this.memory as GuestMemory | undefined)) throw new EnvoyCrash(`${name} was called from the start section: build with --exportStart _initialize`);
      const restricted = this.initializing || this.memory.allocating;
      if (restricted && !LEGAL_WHILE_ALLOCATING.has(name)) throw new VmTrap(`restricted_callback: ${name}`);
      return run(...args);
    };
  }
}

/** What Envoy's host checks before it starts a module, with its words. */
function check(wasm: Uint8Array): void {
  const shape = shapeOf(wasm);
  if (![...shape.exports.keys()].some(name => ABI_MARKER.test(name))) throw new ModuleRefused("Missing or unknown Proxy-Wasm ABI version");
  for (const { module, name, kind, type } of shape.imports) {
    const wanted = module === "env" && Object.hasOwn(HOST_CALLS, name) ? HOST_CALLS[name] : undefined;
    if (kind !== "function" || wanted === undefined) {
      throw new ModuleRefused(`Failed to load Wasm module due to a missing import: ${module}.${name}`);
    }
    if (type && (type.params !== wanted || type.results !== "i")) {
      throw new ModuleRefused(`Failed to load Wasm module due to an import type mismatch: ${module}.${name}, want: ${wanted} -> i, but host function requires: ${type.params} -> ${type.results}`);
    }
  }
  for (const [name, wanted] of Object.entries(CALLBACKS)) {
    const type = shape.exports.get(name);
    if (type && `${type.params}>${type.results}` !== wanted) throw new ModuleRefused(`Bad function signature for: ${name}`);
  }
}
