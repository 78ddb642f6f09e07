/** An xDS client as tests need it: it says what it is told to say, and keeps what it hears. */
import { Client, credentials as grpc, type ChannelCredentials, type ClientDuplexStream } from "@grpc/grpc-js";
import { EnvoyApi } from "../api.ts";
import { HEALTH_URL, MESSAGES, type Type, typeOf, typeUrl } from "../types.ts";

const SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService/", DISCOVERY = "envoy.service.discovery.v3.";

export interface Heard {
  type: Type;
  version: string;
  nonce: string;
  /** By name, decoded; tables as bytes. */
  resources: Map<string, unknown>;
  removed: string[];
}

interface SotwResponse { versionInfo: string; nonce: string; typeUrl: string; resources: { value: Uint8Array }[] }
interface DeltaResponse { systemVersionInfo: string; nonce: string; typeUrl: string; resources: { name: string; version: string; resource: { value: Uint8Array } }[]; removedResources: string[] }

export interface ClientOptions { id?: string; metadata?: Record<string, unknown>; credentials?: ChannelCredentials; target?: string }

abstract class TestClient<Response> {
  readonly heard: Heard[] = [];
  error: Error | undefined;
  protected readonly call: ClientDuplexStream<object, Response>;
  private readonly client: Client;
  private waiting: (() => void)[] = [];
  private first = true;

  constructor(protected readonly api: EnvoyApi, port: number, method: string, request: string, response: string, private readonly options: ClientOptions) {
    this.client = new Client(options.target ?? `127.0.0.1:${port}`, options.credentials ?? grpc.createInsecure(), { "grpc.max_receive_message_length": -1, "grpc.use_local_subchannel_pool": 1 });
    this.call = this.client.makeBidiStreamRequest(SERVICE + method, (fields: object) => Buffer.from(api.write(DISCOVERY + request, fields)), (bytes: Buffer) => api.decode<Response>(DISCOVERY + response, bytes));
    this.call.on("data", (message: Response) => {
      this.heard.push(this.read(message));
      for (const wake of this.waiting.splice(0)) wake();
    }).on("error", (error) => {
      this.error = error;
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  protected abstract read(message: Response): Heard;

  protected send(fields: object): void {
    const { id = "test", metadata } = this.options;
    this.call.write(this.first ? { node: { id, cluster: "tests", ...(metadata ? { metadata } : {}) }, ...fields } : fields);
    this.first = false;
  }

  protected resource(type: Type, value: Uint8Array): unknown { return type === "tables" ? value : this.api.decode(MESSAGES[type], value); }

  /** The next response that was not taken yet. */
  async next(ms = 5000): Promise<Heard> {
    const end = Date.now() + ms;
    while (this.heard.length === 0) {
      if (this.error) throw this.error;
      if (Date.now() >= end) throw new Error(`nothing heard in ${ms} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.waiting.push(() => { clearTimeout(timer); resolve(); });
      });
    }
    return this.heard.shift()!;
  }

  close(): void {
    this.call.cancel();
    this.client.close();
  }
}

export class SotwClient extends TestClient<SotwResponse> {
  private readonly names = new Map<Type, string[]>();
  /** Versions that were taken. */
  readonly versions = new Map<Type, string>();

  constructor(api: EnvoyApi, port: number, options: ClientOptions = {}) { super(api, port, "StreamAggregatedResources", "DiscoveryRequest", "DiscoveryResponse", options); }

  ask(type: Type, names: string[] = [], { version = "", nonce = "" } = {}): void {
    this.names.set(type, names);
    this.send({ typeUrl: typeUrl(type), resourceNames: names, versionInfo: version, responseNonce: nonce });
  }

  /** As a filter tells of endpoints that are out. */
  tellOut(...names: string[]): void { this.send({ typeUrl: HEALTH_URL, resourceNames: names }); }

  ack({ type, version, nonce }: Heard, names = this.names.get(type)!): void {
    this.versions.set(type, version);
    this.ask(type, names, { version, nonce });
  }

  nack({ type, nonce }: Heard, message: string): void {
    this.send({ typeUrl: typeUrl(type), resourceNames: this.names.get(type), versionInfo: this.versions.get(type) ?? "", responseNonce: nonce, errorDetail: { code: 13, message } });
  }

  protected override read({ versionInfo, nonce, typeUrl: url, resources }: SotwResponse): Heard {
    const type = typeOf(url)!;
    const decoded = resources.map(({ value }) => this.resource(type, value));
    return { type, version: versionInfo, nonce, removed: [], resources: new Map(decoded.map((each) => [nameOf(type, each), each])) };
  }
}

function nameOf(type: Type, resource: unknown): string {
  // field 1, a string below 128 bytes
  if (resource instanceof Uint8Array) return Buffer.from(resource.subarray(2, 2 + resource[1]!)).toString();
  return (resource as Record<string, string>)[type === "endpoints" ? "clusterName" : "name"]!;
}

export class DeltaClient extends TestClient<DeltaResponse> {
  /** Versions of what it has, by name. */
  readonly has = new Map<Type, Map<string, string>>();

  constructor(api: EnvoyApi, port: number, options: ClientOptions = {}) { super(api, port, "DeltaAggregatedResources", "DeltaDiscoveryRequest", "DeltaDiscoveryResponse", options); }

  ask(type: Type, subscribe: string[] = [], { unsubscribe = [] as string[], initial = {} as Record<string, string> } = {}): void {
    this.send({ typeUrl: typeUrl(type), resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe, initialResourceVersions: initial });
  }

  ack({ type, nonce }: Heard): void { this.send({ typeUrl: typeUrl(type), responseNonce: nonce }); }
  nack({ type, nonce }: Heard, message: string): void { this.send({ typeUrl: typeUrl(type), responseNonce: nonce, errorDetail: { code: 13, message } }); }

  protected override read({ systemVersionInfo, nonce, typeUrl: url, resources, removedResources }: DeltaResponse): Heard {
    const type = typeOf(url)!, had = this.has.get(type) ?? new Map<string, string>();
    this.has.set(type, had);
    for (const { name, version } of resources) had.set(name, version);
    for (const name of removedResources) had.delete(name);
    return { type, version: systemVersionInfo, nonce, removed: removedResources, resources: new Map(resources.map(({ name, resource }) => [name, this.resource(type, resource.value)])) };
  }
}
