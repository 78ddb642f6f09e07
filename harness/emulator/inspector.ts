import { readFileSync } from "node:fs";
import { HOST_CALLS, Status } from "./abi.ts";
import { ModuleRefused, VmTrap } from "./errors.ts";

/** What a codec says of itself; `build` writes it beside the .wasm. */
export interface Traits {
  name: string;
  serverFirst: boolean;
  order: "free" | "replies" | "strict";
  lanes: boolean;
  inline: boolean;
  maxHead: number;
  maxFrame: number;
  requestKeys: string[];
  /** Empty: no key names the service. */
  serviceKey: string;
  responseKeys: string[];
  settableRequest: string[];
  settableResponse: string[];
  /** Beginnings of names that "*" does not stand for. */
  reserved: string[];
}

export type Direction = "request" | "response";
/** `more`: there may be values that are not told. */
export type Value = string | { hidden: true } | { more: true } | { outside: true } | { hex: string };

/** One line of an inspection: a frame, an error, or a later word on a frame ("end", "greet"). Offsets in bytes. */
export interface InspectLine {
  direction: Direction;
  /** Where the frame starts in its stream. */
  at: number;
  kind?: "call" | "part" | "setup" | "local" | "ping" | "push" | "drop";
  /** Correlation id in hexadecimal. */
  id?: string;
  head?: number;
  /** -1: the end is found later and told by a line with `end`. */
  size?: number;
  expect?: "none" | "maybe" | "some";
  order?: Traits["order"];
  safe?: true;
  wait?: number;
  last?: boolean;
  outcome?: "ok" | "caller" | "server";
  code?: number;
  /** Of a reply: which request it answers, counted from 1. */
  request?: number;
  unmatched?: true;
  pin?: string;
  unpin?: true;
  fence?: true;
  edited?: true;
  draining?: true;
  opaque?: true;
  end?: true;
  encoded?: "changed" | "cannot";
  metadata?: Record<string, Value | Value[]>;
  /** Why keys are hidden that one reader or another could read. */
  why?: string;
  /** Of frames that the codec answers itself, in hexadecimal. */
  answer?: string;
  greet?: "need" | "head" | "bad" | "opaque";
  write?: string;
  error?: string;
  errorAt?: number;
  /** The frame's length was known: only it is lost. */
  skipped?: number;
  missing?: number;
}

export interface Changes { set?: Record<string, string>; append?: Record<string, string>; remove?: string[] }

const REASONS = [
  "RouteNotFound", "ClusterNotFound", "NoHealthyUpstream", "UpstreamReset", "Timeout", "Overflow", "RateLimited", "Denied", "BadRequest", "FaultAbort",
] as const;
export type Reason = (typeof REASONS)[number];

interface Guest {
  memory: WebAssembly.Memory;
  _initialize?(): void;
  inspect_input(length: number): number;
  inspect_result(): number;
  inspect_describe(): number;
  inspect_open(name: number, options: number, guarded: number): number;
  inspect_close(handle: number): void;
  inspect_want(handle: number, direction: number, name: number): number;
  inspect_feed(handle: number, direction: number, length: number): number;
  inspect_finish(handle: number, direction: number): number;
  inspect_mutate(handle: number, direction: number, change: number, name: number, value: number): number;
  inspect_clear(handle: number, direction: number): void;
  inspect_output(handle: number, direction: number): number;
  inspect_calls(handle: number, direction: number): number;
  inspect_offered(handle: number, direction: number): number;
  inspect_reply(handle: number, reason: number, code: number, connection: number, text: number): number;
  inspect_cancel(handle: number): number;
  inspect_carrier(handle: number): number;
  inspect_beat(handle: number): number;
  inspect_greet(handle: number): number;
}

/** Runs the codecs of a compiled module outside of any filter. A trap throws VmTrap; the inspector is of no use afterwards. */
export class Inspector {
  /** Last words of a module that aborts. */
  private logged = "";
  private readonly guest: Guest;

  private constructor(module: WebAssembly.Module) {
    const refuse = (): number => Status.Unimplemented;
    const env: Record<string, WebAssembly.ImportValue> = Object.fromEntries(Object.keys(HOST_CALLS).map(name => [name, refuse]));
    env.proxy_log = (_level: number, at: number, length: number): number => {
      this.logged = this.memory(at, length).toString();
      return Status.Ok;
    };
    env.proxy_get_current_time_nanoseconds = (at: number): number => {
      new DataView(this.guest.memory.buffer).setBigUint64(at, 0n, true);
      return Status.Ok;
    };
    this.guest = new WebAssembly.Instance(module, { env }).exports as unknown as Guest;
    if (typeof this.guest.inspect_open !== "function") throw new ModuleRefused("the module has no inspection exports: its entry file must re-export assembly/module");
    this.guarded(() => this.guest._initialize?.());
  }

  /** Loads a compiled module. Throws ModuleRefused if it was built without the inspection exports. */
  static load(wasm: string | Uint8Array): Inspector {
    return new Inspector(new WebAssembly.Module(typeof wasm === "string" ? readFileSync(wasm) : wasm));
  }

  describe(): { codecs: Traits[] } {
    return JSON.parse(this.result(this.guarded(() => this.guest.inspect_describe())).toString()) as { codecs: Traits[] };
  }

  /**
   * Opens an inspection. Throws if there is no such codec, or it refuses its options. All keys it knows are wanted, or none;
   * `guarded`: as with guarding filters.
   */
  open(codec: string, options: object = {}, wanted: "all" | "none" = "all", guarded = false): Inspection {
    const handle = this.call([codec, JSON.stringify(options)], (name, json) => this.guest.inspect_open(name ?? 0, json ?? 0, Number(guarded)));
    if (handle < 0) throw new Error(this.result(-1 - handle).toString());
    const traits = this.describe().codecs.find(each => each.name === codec);
    const inspection = new Inspection(this, this.guest, handle);
    if (wanted === "none") return inspection;
    for (const key of traits?.requestKeys ?? []) if (key !== "*") inspection.want(key, "request");
    for (const key of traits?.responseKeys ?? []) if (key !== "*") inspection.want(key, "response");
    return inspection;
  }

  memoryBytes(): number { return this.guest.memory.buffer.byteLength; }

  /** For inspections: puts parts into the guest's input and calls with their lengths. */
  call(parts: (string | Uint8Array)[], run: (...lengths: number[]) => number): number {
    const bytes = parts.map(part => Buffer.from(part as Uint8Array));
    const all = Buffer.concat(bytes);
    return this.guarded(() => {
      const at = this.guest.inspect_input(all.length) >>> 0;
      new Uint8Array(this.guest.memory.buffer).set(all, at);
      return run(...bytes.map(part => part.length));
    });
  }

  /** For inspections. */
  result(length: number): Buffer { return this.memory(this.guest.inspect_result(), length); }

  /** For inspections. */
  guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw new VmTrap(this.logged ? `${String(error)}: ${this.logged}` : String(error), { cause: error });
    }
  }

  private memory(at: number, length: number): Buffer {
    return Buffer.from(new Uint8Array(this.guest.memory.buffer, at >>> 0, length));
  }
}

const number = (direction: Direction): number => direction === "request" ? 0 : 1;

/** A client and a server speaking, seen through one codec. Replies are read with the requests that were fed before. */
export class Inspection {
  constructor(private readonly inspector: Inspector, private readonly guest: Guest, private readonly handle: number) {}

  /** Asks for a key. Returns the name under which lines show it; null: the codec never supplies it. */
  want(key: string, direction: Direction): string | null {
    const length = this.inspector.call([key], size => this.guest.inspect_want(this.handle, number(direction), size));
    return this.maybe(length)?.toString() ?? null;
  }

  /** Bytes of one direction, in any pieces. Returns what they tell. */
  feed(direction: Direction, bytes: Uint8Array): InspectLine[] {
    return this.lines(this.inspector.call([bytes], length => this.guest.inspect_feed(this.handle, number(direction), length)));
  }

  /** The end of one direction: a line if it comes in the middle of a frame. */
  finish(direction: Direction): InspectLine[] {
    return this.lines(this.inspector.guarded(() => this.guest.inspect_finish(this.handle, number(direction))));
  }

  /** Changes for all later frames of one direction. Throws if the codec cannot make one. */
  mutate(direction: Direction, changes: Changes): void {
    this.inspector.guarded(() => this.guest.inspect_clear(this.handle, number(direction)));
    const edits: [number, string, string][] = [
      ...(changes.remove ?? []).map((key): [number, string, string] => [2, key, ""]),
      ...Object.entries(changes.set ?? {}).map(([key, value]): [number, string, string] => [0, key, value]),
      ...Object.entries(changes.append ?? {}).map(([key, value]): [number, string, string] => [1, key, value]),
    ];
    for (const [change, key, value] of edits) {
      const failed = this.inspector.call([key, value], (name, text) =>
        this.guest.inspect_mutate(this.handle, number(direction), change, name ?? 0, text ?? 0));
      if (failed < 0) throw new Error(`${key}: ${this.inspector.result(-1 - failed)}`);
    }
  }

  /** What has gone on in one direction since the last time: the original bytes where nothing was changed. */
  output(direction: Direction): Buffer {
    return this.inspector.result(this.inspector.guarded(() => this.guest.inspect_output(this.handle, number(direction))));
  }

  /** How often the codec was called, and how many bytes it was shown in all calls. */
  work(direction: Direction): { calls: number; offered: number } {
    return { calls: this.guest.inspect_calls(this.handle, number(direction)), offered: this.guest.inspect_offered(this.handle, number(direction)) };
  }

  /** The error for the last request (or the connection) in the protocol's words; null: there is none, it closes. */
  reply(reason: Reason, text: string, options: { code?: number; connection?: boolean } = {}): Buffer | null {
    return this.maybe(this.inspector.call([text], length =>
      this.guest.inspect_reply(this.handle, REASONS.indexOf(reason), options.code ?? 0, options.connection ? 1 : 0, length)));
  }

  cancel(): Buffer | null { return this.maybe(this.inspector.guarded(() => this.guest.inspect_cancel(this.handle))); }
  carrier(): Buffer | null { return this.maybe(this.inspector.guarded(() => this.guest.inspect_carrier(this.handle))); }
  beat(): Buffer | null { return this.maybe(this.inspector.guarded(() => this.guest.inspect_beat(this.handle))); }
  /** First words on a new lane; null: it needs none. The answers come as lines with `greet`. */
  greet(): Buffer | null { return this.maybe(this.inspector.guarded(() => this.guest.inspect_greet(this.handle))); }
  close(): void { this.guest.inspect_close(this.handle); }

  private maybe(length: number): Buffer | null { return length < 0 ? null : this.inspector.result(length); }

  private lines(length: number): InspectLine[] {
    return this.inspector.result(length).toString().split("\n").filter(Boolean).map(line => JSON.parse(line) as InspectLine);
  }
}
