import type { PeerCertificate } from "node:tls";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import { MAX_REASON, tooMuch, Unacceptable } from "./bounds.ts";
import type { Demanded } from "./snapshot.ts";
import { type Resources, type Type, typeOf, typeUrl } from "./types.ts";
import { Watch } from "./watch.ts";

/** `envoy.config.core.v3.Node`, as far as it is read. */
export interface NodeInfo { id: string; cluster: string; metadata?: Record<string, unknown>; locality?: { region?: string; zone?: string; subZone?: string } }

/** What every request of a client has. */
export interface XdsRequest { node?: NodeInfo; typeUrl: string; responseNonce: string; errorDetail?: { message: string } }

/** Whose stream it is: what it offers is what the stream sends. */
export interface Owner {
  offered(type: Type): Resources | undefined;
  /** A client has taken or refused something, or wants something else. */
  heard(): void;
  /** What a filter asks for of services on demand. */
  demands(stream: Stream, demanded: Demanded): void;
  leave(stream: Stream): void;
}

/** Fields of a reply of either kind, as protobuf-es names them. */
export type Reply = Record<string, unknown>;

export interface StreamHost {
  /** Milliseconds until a stream must have said who it is. */
  readonly helloMs: number;
  /** A stream has come; what is wrong with that, if it must not. */
  opened(): Unacceptable | undefined;
  closed(): void;
  /** Called with the first request, which names the node: gives the stream a home. Throws Unacceptable. */
  join(stream: Stream, node: NodeInfo): void;
  /** A stream was ended for what it said. */
  refused(stream: Stream, why: Unacceptable): void;
  sent(type: Type, resources: number, bytes: number): void;
  answered(stream: Stream, watch: Watch): void;
  /** What may be told of what a client said. */
  shown(text: string): string;
  leave(stream: Stream): void;
  /** `whole`: the reply has all of these and nothing else, as that of other streams may. */
  encode(mode: Stream["mode"], reply: () => Reply, whole: Resources | undefined, nonce: string): Uint8Array;
}

/** A resource in a reply; `any` wraps its bytes. */
export interface Piece { name: string; version: string; any: object }

/** Types of which a client wants all if it names none. */
export const allIfUnnamed = (type: Type): boolean => type === "clusters" || type === "listeners";

/** One stream of one client: state of the world or delta, which differ in what requests and replies say. */
export abstract class Stream<Request extends XdsRequest = XdsRequest> {
  readonly watches = new Map<Type, Watch>();
  readonly since = Date.now();
  /** Endpoints that its filter leaves alone, `<cluster>|<address>:<port>`, and since when (milliseconds since 1970). */
  out: ReadonlyMap<string, number> = new Map();
  abstract readonly mode: "sotw" | "delta";
  node?: NodeInfo;
  /** It asked for tables first: Envoy itself asks for clusters and listeners. */
  isFilter = false;
  home?: Owner | undefined;
  /** What it asks for of services on demand. */
  demanded: Demanded = new Map();
  private over = false;
  private nonces = 0;
  /** Clusters that were sent since endpoints were: Envoy waits for theirs, also if it has them, and says nothing of the clusters before. */
  private readonly warming = new Set<string>();

  constructor(private readonly call: ServerDuplexStream<Request, Uint8Array>, private readonly host: StreamHost) {
    const silent = setTimeout(() => this.fail(new Unacceptable(status.DEADLINE_EXCEEDED, `no request in ${host.helloMs / 1000} s`)), host.helloMs).unref();
    call.once("data", () => clearTimeout(silent));
    call.on("data", (request: Request) => this.hear(request));
    call.on("end", () => call.end());
    call.on("close", () => clearTimeout(silent));
    for (const end of ["close", "error", "cancelled"]) call.on(end, () => this.close());
    const excess = host.opened();
    if (excess) this.fail(excess);
  }

  /** The client's `<address>:<port>`. */
  get peer(): string { return this.call.getPeer(); }
  /** Absent: it has shown none that was asked for. */
  get certificate(): PeerCertificate | undefined { return this.call.getAuthContext().sslPeerCertificate; }

  /** Takes names and versions from a request; `first`: of this type on this stream. */
  protected abstract subscribe(watch: Watch, request: Request, first: boolean): void;
  /** True if a reply must tell of all resources, not only of those that have changed. */
  protected abstract whole(type: Type): boolean;
  protected abstract version(wanted: Resources, offered: Resources): string;
  protected abstract reply(resources: Piece[], gone: readonly string[], version: string): Reply;

  /** Sends what the client has not got of a type, unless it has yet to answer. */
  sync(type: Type): void {
    const watch = this.watches.get(type), offered = this.home?.offered(type);
    if (watch === undefined || offered === undefined || watch.awaiting) return;
    this.meet(watch, offered);
    if (type === "endpoints") this.warm(watch);
    const wanted = watch.wanted(offered), changed = watch.changed(wanted), gone = watch.gone(wanted);
    // what it has claimed, one by one, is all that there is
    if (changed.length + gone.length === 0) watch.take(wanted);
    if (!this.news(watch, changed, gone)) return;
    this.send(watch, wanted, changed, gone, this.version(wanted, offered));
    if (type !== "clusters") return;
    for (const name of changed) this.warming.add(name);
    this.sync("endpoints");
  }

  /** True if the client has, and has answered, all that it wants. */
  settled(type: Type): boolean {
    const watch = this.watches.get(type), offered = this.home?.offered(type);
    if (watch === undefined || offered === undefined) return true;
    if (watch.awaiting) return false;
    // an Envoy asks for a new cluster's endpoints once it has the cluster
    if (type === "endpoints") return this.watches.get("clusters")?.wildcard ? watch.changed(offered).length === 0 : true;
    const wanted = watch.wanted(offered);
    return !this.news(watch, watch.changed(wanted), watch.gone(wanted));
  }

  end(): void { this.call.end(); }

  /** There is something to offer to a watch. */
  protected meet(_watch: Watch, _offered: Resources): void {}

  /** A request of a type that is not served. */
  protected tell(_request: Request): void {}

  protected demands(demanded: Demanded): void { this.home?.demands(this, demanded); }

  /** The name as all others have it: of thousands of streams each names thousands. */
  protected known(type: Type, name: string): string { return this.home?.offered(type)?.get(name)?.name ?? name; }

  private news(watch: Watch, changed: readonly string[], gone: readonly string[]): boolean {
    if (!watch.told && watch.wildcard) return true;
    return changed.length > 0 || (gone.length > 0 && (this.mode === "delta" || this.whole(watch.type)));
  }

  private warm(watch: Watch): void {
    for (const name of this.warming) watch.forget(name);
    this.warming.clear();
  }

  private send(watch: Watch, wanted: Resources, changed: readonly string[], gone: readonly string[], version: string): void {
    const names = this.whole(watch.type) ? [...wanted.keys()] : changed, type_url = typeUrl(watch.type);
    watch.sends(wanted, changed, gone, String(++this.nonces), version);
    const reply = (): Reply => {
      const resources = names.map((name) => {
        const { version: own, bytes } = wanted.get(name)!;
        return { name, version: own, any: { typeUrl: type_url, value: bytes } };
      });
      return { ...this.reply(resources, gone, version), typeUrl: type_url, nonce: watch.nonce };
    };
    const bytes = this.host.encode(this.mode, reply, names.length === wanted.size && gone.length === 0 ? wanted : undefined, watch.nonce);
    this.host.sent(watch.type, names.length, bytes.length);
    this.call.write(bytes);
  }

  /** What a client says ends its own stream at most. */
  private hear(request: Request): void {
    if (this.over) return;
    try {
      this.receive(request);
    } catch (error) {
      this.fail(error instanceof Unacceptable ? error : new Unacceptable(status.INTERNAL, `the request cannot be answered (${(error as Error).name})`));
    }
  }

  private fail(why: Unacceptable): void {
    if (this.over) return;
    this.host.refused(this, why);
    this.close();
    this.call.emit("error", { code: why.code, details: why.message });
  }

  private receive(request: Request): void {
    const type = typeOf(request.typeUrl);
    if (this.home === undefined) {
      if (!request.node) throw new Unacceptable(status.INVALID_ARGUMENT, "the first request must name its node");
      const { id, cluster, metadata, locality } = request.node;
      this.node = { id, cluster: cluster.slice(0, MAX_REASON), ...(metadata?.services === undefined ? {} : { metadata: { services: metadata.services } }), ...(locality ? { locality } : {}) };
      this.isFilter = type === "tables" || type === undefined;
      this.host.join(this, this.node);
    }
    if (type === undefined) return this.tell(request);
    const known = this.watches.get(type), watch = known ?? new Watch(type);
    if (known === undefined) this.watches.set(type, watch);
    const answer = watch.awaiting && request.responseNonce === watch.nonce;
    if (answer) {
      if (request.errorDetail) watch.refuse(this.host.shown(request.errorDetail.message.slice(0, MAX_REASON)));
      else watch.accept();
    }
    this.subscribe(watch, request, known === undefined);
    const excess = watch.excess();
    if (excess !== undefined) throw tooMuch(excess);
    if (answer) this.host.answered(this, watch);
    this.sync(type);
    this.home?.heard();
  }

  private close(): void {
    if (this.over) return;
    this.over = true;
    this.host.closed();
    if (this.home === undefined) return;
    this.host.leave(this);
    this.home = undefined;
  }
}
