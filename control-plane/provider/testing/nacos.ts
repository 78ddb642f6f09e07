import { Server, ServerCredentials, type ServerDuplexStream, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { decodePayload, encodePayload, type Payload } from "../nacos/payload.ts";

type Stream = ServerDuplexStream<Payload, Payload>;
interface Instance { ip: string; port: number; metadata?: Record<string, string>; weight?: number; enabled?: boolean }
/** As Nacos has it, a client has one instance of a service: another takes its place. */
interface Client { stream?: Stream; instances: Map<string, Instance>; subscribed: Set<string> }

const codec = { requestStream: false, responseStream: false, requestSerialize: encodePayload, requestDeserialize: decodePayload, responseSerialize: encodePayload, responseDeserialize: decodePayload };
const SERVICES = {
  Request: { request: { ...codec, path: "/Request/request" } },
  BiRequestStream: { requestBiStream: { ...codec, path: "/BiRequestStream/requestBiStream", requestStream: true, responseStream: true } },
};

/**
 * What the naming part of a Nacos 2 server answers, made after its source (alibaba/nacos, naming/remote/rpc/handler), as no
 * package registry has the server, and held against Nacos 3.1 by hand. Real Nacos clients in Java register themselves here. A client's instances are gone with its connection.
 */
export class NacosStandIn {
  /** By address of the connection. */
  private readonly clients = new Map<string, Client>();
  private server = new Server();
  private port = 0;

  /** Where Nacos' HTTP API would be: gRPC is 1000 above. */
  get httpPort(): number { return this.port - 1000; }

  async start(): Promise<this> {
    this.server = new Server();
    this.server.addService(SERVICES.Request, { request: (call: ServerUnaryCall<Payload, Payload>, done: sendUnaryData<Payload>) => done(null, this.answer(call.getPeer(), call.request)) });
    this.server.addService(SERVICES.BiRequestStream, { requestBiStream: (stream: Stream) => this.connect(stream) });
    this.port = await new Promise((resolve, reject) => {
      this.server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
    });
    return this;
  }

  /** Ends all connections; the same port again with `start`. */
  stop(): void {
    this.server.forceShutdown();
    this.clients.clear();
  }

  services(): string[] { return [...new Set([...this.clients.values()].flatMap(({ instances }) => [...instances.keys()]))]; }

  private client(peer: string): Client {
    const client = this.clients.get(peer) ?? { instances: new Map(), subscribed: new Set() };
    this.clients.set(peer, client);
    return client;
  }

  private connect(stream: Stream): void {
    const peer = stream.getPeer();
    this.client(peer).stream = stream;
    const gone = (): void => {
      const left = [...(this.clients.get(peer)?.instances.keys() ?? [])];
      this.clients.delete(peer);
      for (const service of left) this.notify(service);
    };
    stream.on("data", () => undefined).on("error", gone).on("cancelled", gone).on("end", () => {
      gone();
      stream.end();
    });
  }

  private answer(peer: string, { type, body }: Payload): Payload {
    const client = this.client(peer), service = String(body.serviceName), instance = body.instance as Instance;
    const ok = (name: string, more: object = {}): Payload => ({ type: name, body: { resultCode: 200, errorCode: 0, success: true, ...more } });
    switch (type) {
      case "ServerCheckRequest": return ok("ServerCheckResponse", { connectionId: peer, supportAbilityNegotiation: false });
      case "HealthCheckRequest": return ok("HealthCheckResponse");
      case "InstanceRequest": {
        if (body.type === "registerInstance") client.instances.set(service, instance);
        else client.instances.delete(service);
        this.notify(service);
        return ok("InstanceResponse", { type: body.type });
      }
      case "ServiceListRequest": {
        const serviceNames = this.services();
        return ok("ServiceListResponse", { count: serviceNames.length, serviceNames });
      }
      case "SubscribeServiceRequest":
        if (body.subscribe === true) client.subscribed.add(service);
        else client.subscribed.delete(service);
        return ok("SubscribeServiceResponse", { serviceInfo: this.info(service) });
      case "ServiceQueryRequest": return ok("QueryServiceResponse", { serviceInfo: this.info(service) });
      default: return { type: "ErrorResponse", body: { resultCode: 500, errorCode: 302, message: `${type} is not answered here` } };
    }
  }

  private info(service: string): object {
    return { name: service, groupName: "DEFAULT_GROUP", clusters: "", cacheMillis: 10_000, hosts: [...this.clients.values()].flatMap(({ instances }) => instances.get(service) ?? []).filter(({ enabled }) => enabled !== false) };
  }

  private notify(service: string): void {
    const body = { requestId: "1", namespace: "public", groupName: "DEFAULT_GROUP", serviceName: service, serviceInfo: this.info(service) };
    for (const { stream, subscribed } of this.clients.values()) if (subscribed.has(service)) stream?.write({ type: "NotifySubscriberRequest", body });
  }
}
