/** One Envoy, fed by the control plane, with the services of all scenarios in both modes, and a protocol's real servers behind it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server as Listening, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { EnvoyHandle } from "../../../harness/envoy/envoy.ts";
import { freePort } from "../../../harness/tools/net.ts";
import { until } from "../../../harness/tools/wait.ts";
import { serviceEntry } from "../mesh.ts";
import { Folder, type Plane, startClientOf, startPlane } from "../plane.ts";
import { type Client, type ClientKind, type Mode, MODES, type Protocol, type Server } from "./protocol.ts";

/** Real servers; `cut` sends half of each answer and ends, `liar` says what it is given, at `closed` nobody listens. */
export type Endpoint = "a" | "b" | "victim" | "cut" | "liar" | "closed";

/** A destination of a rule: one of the service's endpoints. */
export type To = (endpoint: Endpoint, weight?: number) => object;

export interface Service {
  endpoints: Endpoint[];
  /** Rules of a VirtualService; all requests go to all endpoints if absent. */
  rules?: (protocol: Protocol, to: To) => object[];
  /** Of a DestinationRule. */
  trafficPolicy?: object;
  /** The spec of a Policy. */
  policy?: (protocol: Protocol) => object;
}

export interface Scenario {
  name: string;
  /** By name; no name may be the end of another one's. */
  services: Record<string, Service>;
  tests(world: World, mode: Mode): void;
}

const MIB = 1 << 20;
/** Half answers of this size can be passed on in part; smaller ones are not. */
const LARGE_ANSWER = 4 * MIB, SMALL_ANSWER = 1000;
/** What Envoy gives those who are connected when their listener goes. */
const DRAIN = { seconds: 20, timeoutMs: 10_000 };

export interface Tests {
  /** A test, or its place in the summary with the reason why this protocol cannot have it; `never`: why none can. */
  test(id: string, mode: Mode, what: string, work: (t: TestContext) => Promise<void>, never?: string): void;
}

export class World implements Tests {
  readonly servers: Record<string, Server> = {};
  /** What the liar says to the next request, and how many it has answered so. */
  readonly lie: { bytes: Buffer; told: number } = { bytes: Buffer.alloc(0), told: 0 };
  envoy!: EnvoyHandle;
  private plane!: Plane;
  private readonly folder = new Folder();
  private readonly services: Record<string, Service> = {};
  private readonly endpoints: Record<string, number> = {};
  private readonly ports: Record<string, number> = {};
  private readonly listening: Listening[] = [];

  constructor(readonly protocol: Protocol, scenarios: Scenario[]) {
    for (const { services } of scenarios) for (const [name, service] of Object.entries(services)) for (const mode of MODES) this.services[`${name}-${mode}`] = service;
  }

  async start(): Promise<void> {
    const names = ["a", "b", "victim"];
    await Promise.all(names.map(async (name) => (this.servers[name] = await this.protocol.startServer(name))));
    for (const name of names) this.endpoints[name] = this.servers[name]!.port;
    this.endpoints.closed = await freePort();
    this.endpoints.cut = await this.listen((asked, socket) => socket.end(this.protocol.cutAnswer(asked, asked.includes("large") ? LARGE_ANSWER : SMALL_ANSWER)));
    this.endpoints.liar = await this.listen((_, socket) => socket.write(this.lie.bytes, () => this.lie.told++));
    this.write();
    this.plane = await startPlane(this.folder, { drainTimeoutMs: DRAIN.timeoutMs });
    if (this.plane.plane.refused) throw new Error(this.plane.lines.join("\n"));
    this.envoy = await startClientOf(this.plane, { drainSeconds: DRAIN.seconds });
    await until("all listeners", 30_000, async () => {
      for (const [listener, { port }] of await this.envoy.listeners()) {
        const name = Object.keys(this.services).find((each) => listener.includes(`${each}.example`));
        if (name) this.ports[name] = port;
      }
      return Object.keys(this.ports).length === Object.keys(this.services).length;
    });
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.envoy?.stop(), this.plane?.stop()]);
    await Promise.allSettled(Object.values(this.servers).map((server) => server.kill()));
    for (const server of this.listening) server.close();
    this.folder.remove();
  }

  test(id: string, mode: Mode, what: string, work: (t: TestContext) => Promise<void>, never?: string): void {
    test(what, { skip: never ?? this.protocol.cannot?.[`${id}.${mode}`] ?? this.protocol.cannot?.[id] ?? false }, work);
  }

  port(service: string, mode: Mode): number { return this.ports[`${service}-${mode}`]!; }

  /** Work with a client of each kind at the same time, or of those that fit. */
  async withClients(service: string, mode: Mode, work: (clients: [Client, string][]) => Promise<void>, fits: (kind: ClientKind) => boolean = () => true): Promise<void> {
    const kinds = Object.entries(this.protocol.clients).filter(([, kind]) => fits(kind));
    const clients = await Promise.all(kinds.map(async ([name, kind]): Promise<[Client, string]> => [await kind.start(this.port(service, mode)), name]));
    try {
      await work(clients);
    } finally {
      await Promise.all(clients.map(([client]) => client.stop()));
    }
  }

  /** The same, each client on its own, one after the other. */
  async eachClient(service: string, mode: Mode, work: (client: Client, name: string) => Promise<void>, fits: (kind: ClientKind) => boolean = () => true): Promise<void> {
    await this.withClients(service, mode, async (clients) => {
      for (const [client, name] of clients) await work(client, name);
    }, fits);
  }

  /** A client of the first kind. */
  first(service: string, mode: Mode): Promise<Client> { return Object.values(this.protocol.clients)[0]!.start(this.port(service, mode)); }

  /** Starts a server that was killed again, at its old port. */
  async restart(name: Endpoint): Promise<void> { this.servers[name] = await this.protocol.startServer(name, this.endpoints[name]); }

  /** Changes resources, and waits until the control plane has taken them. */
  async change(service: string, mode: Mode, to: Service | undefined): Promise<void> {
    const name = `${service}-${mode}`, { applied } = this.plane.plane.changes;
    if (to) this.services[name] = to;
    else delete this.services[name];
    this.write();
    await until(`the change of ${name}`, 10_000, () => this.plane.plane.changes.applied > applied);
  }

  /** Sum of a counter over the labels that match; Envoy gets counts once a second. */
  async count(metric: string): Promise<number> { return [...(await this.envoy.stats(metric)).values()].reduce((sum, n) => sum + n, 0); }

  noVmHasDied(): void { assert.doesNotMatch(this.envoy.log(), /abort:|Uncaught|Function: proxy_on|wasm.*(failed|crash|RuntimeError)/i); }

  private write(): void {
    const all = Object.entries(this.services).flatMap(([name, service]) => this.documents(name, service));
    this.folder.write(all.join("\n---\n"));
  }

  private documents(name: string, { endpoints, rules, trafficPolicy, policy }: Service): string[] {
    const host = `${name}.example`, { portName, annotations = {} } = this.protocol;
    const to: To = (endpoint, weight) => ({ destination: { host, subset: endpoint }, ...(weight === undefined ? {} : { weight }) });
    const entry = serviceEntry(host, `${portName}-${name}`, endpoints.map((endpoint) => [this.endpoints[endpoint]!, { name: endpoint }]),
      { ...annotations, ...(name.endsWith("-inline") ? { "meltemi.io/upstream": "inline" } : {}) });
    const document = (apiVersion: string, kind: string, spec: object): string => JSON.stringify({ apiVersion, kind, metadata: { name, namespace: "default" }, spec });
    return [
      entry,
      document("networking.istio.io/v1", "DestinationRule", { host, subsets: endpoints.map((endpoint) => ({ name: endpoint, labels: { name: endpoint } })), ...(trafficPolicy ? { trafficPolicy } : {}) }),
      ...(rules ? [document("networking.istio.io/v1", "VirtualService", { hosts: [host], http: rules(this.protocol, to) })] : []),
      ...(policy ? [document("meltemi.io/v1alpha1", "Policy", { targetRef: { host }, ...policy(this.protocol) })] : []),
    ];
  }

  private async listen(answer: (asked: Buffer, socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => socket.on("error", () => socket.destroy()).on("data", (asked) => answer(asked, socket)));
    this.listening.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  }
}
