import { Server, ServerCredentials, status, type ServerDuplexStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { EnvoyResources } from "../translate/envoy/dynamic.ts";
import type { EnvoyApi } from "./api.ts";
import { type DeltaDiscoveryRequest, DeltaStream } from "./delta.ts";
import { HELLO_MS, MAX_HOST, MAX_HOSTS, MAX_ID, MAX_MESSAGE, MAX_STREAMS, tooMuch, Unacceptable } from "./bounds.ts";
import { stepper, XdsNode } from "./node.ts";
import { identityOf, type NodeRule } from "./node-id.ts";
import { Parties } from "./parties.ts";
import { Encoder, type Snapshot } from "./snapshot.ts";
import { type DiscoveryRequest, SotwStream } from "./sotw.ts";
import type { NodeInfo, Reply, Stream, StreamHost, XdsRequest } from "./stream.ts";
import { type Resources, type Type, TYPES } from "./types.ts";
import type { Watch } from "./watch.ts";

const SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService/", DISCOVERY = "envoy.service.discovery.v3.";
/** Localities for which something else is made: where an Envoy is, it says itself. */
const MAX_PLACES = 256;
const KEEPALIVE_MS = 30_000;

export interface XdsOptions {
  api: EnvoyApi;
  /** How long a cluster stays with an Envoy once no table names it, in milliseconds. */
  graceMs: number;
  /** Absent: without TLS. */
  credentials?: ServerCredentials;
  /** Which id a client may have that has shown a certificate; who shows none may have none. Absent: any. */
  nodeRule?: NodeRule | undefined;
  /** Streams of all clients together, and milliseconds until one must have said who it is. */
  maxStreams?: number;
  helloMs?: number;
}

export interface Traffic { responses: number; resources: number; bytes: number; accepted: number; refused: number }

/** Serves snapshots to any number of Envoys and their filters, over ADS in both variants. */
export class XdsServer implements StreamHost {
  private readonly parties = new Parties((info, demanded, demands) => {
    const node = new XdsNode(info, this.options.graceMs, this.both, demanded, demands);
    this.refresh(node);
    return node;
  }, (node) => this.refresh(node));
  /** Streams that were ended for what they said. */
  ended = 0;
  readonly traffic = Object.fromEntries(TYPES.map((type) => [type, { responses: 0, resources: 0, bytes: 0, accepted: 0, refused: 0 }])) as Record<Type, Traffic>;
  /** Called when a client has refused something. */
  onRefusal: (node: NodeInfo, watch: Watch) => void = () => undefined;
  /** Called when a stream was ended for what it said. */
  onEnd: (stream: Stream, why: Unacceptable) => void = () => undefined;
  /** What of a client's words may be told. */
  shown: (text: string) => string = (text) => text;
  snapshot: Snapshot | undefined;
  private readonly server = new Server({
    "grpc.max_concurrent_streams": MAX_STREAMS, "grpc.max_receive_message_length": MAX_MESSAGE, "grpc.max_send_message_length": -1,
    "grpc.keepalive_time_ms": KEEPALIVE_MS, "grpc.keepalive_timeout_ms": KEEPALIVE_MS,
  });
  /** Open ones, also those that have said nothing yet. */
  open = 0;
  private readonly encoder: Encoder;
  /** What Envoys of a locality are to have instead; and, by locality, that and who encodes it. */
  private near: ((locality: string) => EnvoyResources) | undefined;
  private places = new Map<string, { encoder: Encoder; snapshot: Snapshot }>();
  private readonly both;
  /** Replies with all of some resources, as the last stream got them: the next one that has said as much gets the same bytes. */
  private readonly replies = new WeakMap<Resources, { key: string; bytes: Uint8Array }>();

  constructor(private readonly options: XdsOptions) {
    this.encoder = new Encoder(options.api);
    this.both = stepper(this.encoder);
    this.server.addService({
      StreamAggregatedResources: this.method("StreamAggregatedResources", "DiscoveryRequest"),
      DeltaAggregatedResources: this.method("DeltaAggregatedResources", "DeltaDiscoveryRequest"),
    }, {
      StreamAggregatedResources: (call: ServerDuplexStream<DiscoveryRequest, Uint8Array>) => void new SotwStream(call, this),
      DeltaAggregatedResources: (call: ServerDuplexStream<DeltaDiscoveryRequest, Uint8Array>) => void new DeltaStream(call, this),
    } as UntypedServiceImplementation);
  }

  /** Listens at `<address>:<port>`, 0 for any port; resolves to the port. */
  listen(at: string): Promise<number> {
    return new Promise((resolve, reject) => this.server.bindAsync(at, this.options.credentials ?? ServerCredentials.createInsecure(), (error, port) => error ? reject(error) : resolve(port)));
  }

  /** Ends all streams. */
  stop(): Promise<void> {
    for (const node of this.parties.nodes) node.stop();
    this.server.forceShutdown();
    return Promise.resolve();
  }

  /**
   * What all Envoys are to have from now on, as far as they ask for it; `near`: what those of a locality are to have instead. Throws if
   * something is no message of Envoy's.
   */
  update(resources: EnvoyResources, near?: (locality: string) => EnvoyResources): Snapshot {
    const snapshot = this.snapshot = this.encoder.snapshot(resources), before = this.places;
    this.near = near;
    this.places = new Map();
    for (const node of this.parties.nodes) this.refresh(node, before);
    return snapshot;
  }

  private snapshotOf({ locality }: XdsNode, general: Snapshot, before: XdsServer["places"]): Snapshot {
    if (locality === "" || !this.near) return general;
    let place = this.places.get(locality);
    if (!place) {
      if (this.places.size >= MAX_PLACES) return general;
      const encoder = before.get(locality)?.encoder ?? new Encoder(this.options.api);
      this.places.set(locality, place = { encoder, snapshot: encoder.snapshot(this.near(locality)) });
    }
    return place.snapshot;
  }

  /** By the node's id; of those that have one id, all but the first with a number. */
  get nodes(): Map<string, XdsNode> {
    const named = new Map<string, XdsNode>(), counts = new Map<string, number>();
    for (const node of this.parties.nodes) {
      const { id } = node.info, count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      named.set(count === 1 ? id : `${id} (${count})`, node);
    }
    return named;
  }

  get helloMs(): number { return this.options.helloMs ?? HELLO_MS; }

  opened(): Unacceptable | undefined {
    const most = this.options.maxStreams ?? MAX_STREAMS;
    return ++this.open > most ? tooMuch(`${most} streams are open`) : undefined;
  }

  closed(): void { this.open--; }

  join(stream: Stream, info: NodeInfo): void {
    const { id, metadata } = info, services = metadata?.services, { certificate } = stream;
    if (id.length > MAX_ID) throw tooMuch(`a node's id of ${id.length} characters, ${MAX_ID} are allowed`);
    if (Array.isArray(services) && (services.length > MAX_HOSTS || services.some((host) => typeof host !== "string" || host.length > MAX_HOST))) {
      throw tooMuch(`the node's metadata "services": ${MAX_HOSTS} names of ${MAX_HOST} characters are allowed`);
    }
    if (this.options.nodeRule && !(certificate && this.options.nodeRule(certificate, id))) {
      throw new Unacceptable(status.PERMISSION_DENIED, `the certificate is not one of node ${JSON.stringify(id)}`);
    }
    // a certificate is the same wherever its owner is; without one, all of a host are alike
    this.parties.join(stream, info, certificate ? identityOf(certificate) : stream.peer.replace(/:\d+$/, ""));
  }

  refused(stream: Stream, why: Unacceptable): void {
    this.ended++;
    this.onEnd(stream, why);
  }

  /** `before`: what was in force. */
  private refresh(node: XdsNode, before = this.places): void {
    if (this.snapshot) node.update(this.snapshotOf(node, this.snapshot, before).view(node.hosts, node.demanded));
  }

  leave(stream: Stream): void { this.parties.leave(stream); }

  sent(type: Type, resources: number, bytes: number): void {
    const traffic = this.traffic[type];
    traffic.responses++;
    traffic.resources += resources;
    traffic.bytes += bytes;
  }

  answered(stream: Stream, watch: Watch): void {
    this.traffic[watch.type][watch.refusal ? "refused" : "accepted"]++;
    if (watch.refusal) this.onRefusal(stream.node!, watch);
  }

  encode(mode: Stream["mode"], reply: () => Reply, whole: Resources | undefined, nonce: string): Uint8Array {
    const key = `${mode} ${nonce}`, known = whole && this.replies.get(whole);
    if (known?.key === key) return known.bytes;
    const bytes = this.options.api.write(DISCOVERY + (mode === "delta" ? "DeltaDiscoveryResponse" : "DiscoveryResponse"), reply());
    if (whole) this.replies.set(whole, { key, bytes });
    return bytes;
  }

  private method(name: string, request: string) {
    return {
      path: SERVICE + name, requestStream: true, responseStream: true,
      requestDeserialize: (bytes: Buffer): XdsRequest => this.options.api.decode(DISCOVERY + request, bytes),
      responseSerialize: (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      // for clients only
      requestSerialize: (bytes: Buffer): Buffer => bytes, responseDeserialize: (bytes: Buffer): Buffer => bytes,
    };
  }
}
