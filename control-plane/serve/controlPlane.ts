import type { ServerCredentials } from "@grpc/grpc-js";
import { formatProblem, type Problem } from "../api/problem.ts";
import type { Source } from "../api/sourceFile.ts";
import type { Ir } from "../ir/ir.ts";
import { Pace } from "../provider/pace.ts";
import type { Provider } from "../provider/provider.ts";
import { envoyResources } from "../translate/envoy/dynamic.ts";
import { isLocal, localized } from "../translate/locality.ts";
import { compile, DRAIN_TIMEOUT_MS, type TranslateOptions } from "../translate/translate.ts";
import type { Traits } from "../translate/traits.ts";
import { EnvoyApi } from "../xds/api.ts";
import type { NodeRule } from "../xds/node-id.ts";
import { MAX_ID } from "../xds/bounds.ts";
import { XdsServer } from "../xds/server.ts";
import { Redacted } from "./redacted.ts";

/** Changes that come so close together are one. */
const QUIET_MS = 50;
/** However many come, the first does not wait longer. */
const LONGEST_MS = 500;
/** Of many mistakes so many are told. */
export const MOST_SHOWN = 100;

export interface ControlPlaneOptions {
  providers: Provider[];
  modules: TranslateOptions["modules"];
  /** Path of the module of a codec, where the Envoys run. */
  wasmOf(codec: string): string;
  /** Envoy's API: a FileDescriptorSet. */
  descriptors: Uint8Array;
  drainTimeoutMs?: number;
  /** Absent: without TLS. */
  credentials?: ServerCredentials;
  /** Which node's id a client may have that has shown a certificate. */
  nodeRule?: NodeRule | undefined;
  /** Takes one line for each thing that happens. */
  log(line: string): void;
}

/** Why a change is not in force. */
export interface Refused { at: number; problems: Problem[]; /** Where it lies, if not in the resources' text. */ reason?: string }

/** `skipped`: what it holds that is not taken, and why: the first, and how many there are. */
export interface ProviderState { name: string; told: boolean; sources: number; failure?: string; skipped?: { count: number; first: string[] } }

/** Resources of all providers, translated and served, again after each change. What cannot be translated is refused as a whole. */
export class ControlPlane {
  readonly xds: XdsServer;
  /** What is in force. */
  ir: Ir | undefined;
  warnings: Problem[] = [];
  /** Of the last change; absent once one was taken. */
  refused: Refused | undefined;
  readonly changes = { applied: 0, refused: 0, unchanged: 0, lastAt: 0, seconds: 0 };
  readonly providers: readonly ProviderState[];
  /** Called after each change that was taken or refused. */
  onChange: () => void = () => undefined;
  /** What a codec says of itself. */
  readonly traitsOf = (codec: string): Traits | undefined => this.options.modules[codec]?.traits;
  /** Of what is in force, and of what was before: an Envoy may still speak of that. */
  private redacted: readonly Redacted[] = [];
  private readonly sources: (readonly Source[] | undefined)[];
  private readonly pace = new Pace(() => this.apply(), (error) => this.options.log(`cannot be applied: ${this.shown(error.message)}`), QUIET_MS, LONGEST_MS);
  /** Of each provider, since it told last: what was logged. */
  private readonly failures: Set<string>[];
  /** What waits, as it was told. */
  private waiting: readonly string[] = [];
  private readonly logged = new Set<string>();

  constructor(private readonly options: ControlPlaneOptions) {
    const { providers, descriptors, credentials, nodeRule, drainTimeoutMs = DRAIN_TIMEOUT_MS } = options;
    this.xds = new XdsServer({ api: new EnvoyApi(descriptors), graceMs: drainTimeoutMs, credentials, nodeRule });
    this.xds.shown = (text) => this.shown(text);
    this.xds.onRefusal = ({ id }, { type, refusal }) => options.log(`${id} refuses ${type} ${refusal!.resources.join(", ")}: ${refusal!.reason}`);
    this.xds.onEnd = ({ node, peer }, { message }) => this.logOnce(`a stream of node ${JSON.stringify(node?.id.slice(0, MAX_ID) ?? "")} at ${peer.replace(/:\d+$/, "")} was closed: ${message}`);
    this.sources = providers.map(() => undefined);
    this.failures = providers.map(() => new Set());
    this.providers = providers.map(({ name }) => ({ name, told: false, sources: 0 }));
  }

  /** Starts the providers and serves at `<address>:<port>`; resolves to the port. Nothing is served before all providers have told. */
  async start(at: string): Promise<number> {
    const port = await this.xds.listen(at);
    await Promise.all(this.options.providers.map((provider, i) => provider.start({ changed: (sources, skipped) => this.changed(i, sources, skipped), failed: (reason) => this.failed(i, reason) })));
    return port;
  }

  async stop(): Promise<void> {
    await Promise.all(this.options.providers.map((provider) => provider.stop()));
    this.pace.stop();
    await this.xds.stop();
  }

  /** Lines that unauthenticated peers can cause repeatedly: each is logged once, until there were MOST_SHOWN others. */
  private logOnce(line: string): void {
    if (this.logged.size >= MOST_SHOWN) this.logged.clear();
    if (!this.logged.has(line)) this.options.log(line);
    this.logged.add(line);
  }

  /** What others say of the configuration, for people. */
  private shown(text: string): string { return this.redacted.reduce((shown, redacted) => redacted.text(shown), text); }

  private changed(i: number, sources: readonly Source[], skipped: readonly string[] = []): void {
    this.sources[i] = sources;
    this.failures[i]!.clear();
    Object.assign(this.providers[i]!, { told: true, sources: sources.length, failure: undefined, skipped: skipped.length === 0 ? undefined : { count: skipped.length, first: skipped.slice(0, MOST_SHOWN) } });
    if (this.sources.includes(undefined)) return;
    if (this.changes.applied + this.changes.refused === 0) this.apply();
    else this.pace.call();
  }

  private failed(i: number, reason: string): void {
    const state = this.providers[i]!;
    if (!this.failures[i]!.has(reason)) this.options.log(`${state.name}: ${reason}`);
    this.failures[i]!.add(reason);
    state.failure = reason;
  }

  private apply(): void {
    const start = performance.now();
    const problems = this.translate();
    this.changes.seconds += (performance.now() - start) / 1000;
    if (problems !== undefined) {
      this.changes.refused++;
      this.refused = { at: Date.now(), ...problems };
      for (const problem of problems.problems.slice(0, MOST_SHOWN)) this.options.log(`refused: ${formatProblem(problem)}`);
      if (problems.problems.length > MOST_SHOWN) this.options.log(`rejected: and for ${problems.problems.length - MOST_SHOWN} more reasons`);
      if (problems.reason) this.options.log(`refused: ${problems.reason}`);
    }
    this.onChange();
  }

  /** What is wrong, or undefined. */
  private translate(): Pick<Refused, "problems" | "reason"> | undefined {
    const { providers, modules, wasmOf, drainTimeoutMs = DRAIN_TIMEOUT_MS, log } = this.options;
    let compiled: ReturnType<typeof compile>;
    try {
      compiled = compile(this.sources.flatMap((sources) => sources ?? []), modules, providers.some(({ open }) => open));
    } catch (error) {
      // no mistake of whoever wrote them: what is in force stays
      return { problems: [], reason: `the resources cannot be translated: ${(error as Error).name}` };
    }
    if (!compiled.ok) return { problems: compiled.problems };
    const before = this.xds.snapshot?.version;
    this.redacted = [new Redacted(compiled.ir), ...this.redacted.slice(0, 1)];
    try {
      const resources = (ir: Ir) => envoyResources(ir, { wasmOf, drainTimeoutMs });
      this.xds.update(resources(compiled.ir), isLocal(compiled.ir) ? (locality) => resources(localized(compiled.ir, locality)) : undefined);
    } catch (error) {
      return { problems: [], reason: this.shown((error as Error).message) };
    }
    const { version } = this.xds.snapshot!;
    this.ir = compiled.ir;
    this.refused = undefined;
    this.warnings = compiled.warnings;
    this.tellWaiting(compiled.warnings.filter(({ waits }) => waits).map(formatProblem));
    if (version === before) this.changes.unchanged++;
    else {
      this.changes.applied++;
      this.changes.lastAt = Date.now();
      log(`version ${version}: ${compiled.ir.listeners.length} listeners, ${compiled.ir.clusters.length} clusters`);
    }
    return undefined;
  }

  /** Each once, until it has ended. */
  private tellWaiting(now: readonly string[]): void {
    const before = new Set(this.waiting);
    for (const text of now) if (!before.has(text)) this.options.log(`waits: ${text}`);
    this.waiting = now;
  }
}
