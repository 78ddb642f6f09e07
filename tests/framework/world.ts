/** The framework in the emulator, with the toy protocol or a codec that ships: a listener, its clients, and the servers behind the connection manager. */
import { afterEach } from "node:test";
import { buildAll, buildPoisoned } from "../../harness/build/all.ts";
import { FakeHcm, type Lane } from "../../harness/emulator/http2.ts";
import { type Connection, Emulator, type EmulatorOptions } from "../../harness/emulator/index.ts";

let built: Promise<string> | undefined;

export type Config = Record<string, unknown>;

/** More than any test has its module keep. */
const MOST_MEMORY = 256 << 20;

const worlds: World[] = [];

afterEach(() => {
  for (const world of worlds.splice(0)) world.end();
});

/** One rule: requests with to=NAME go to cluster NAME. */
export const route = (name: string, more: Config = {}): Config => ({ match: [[{ key: "to", exact: name }]], cluster: name, ...more });

export class World {
  readonly emulator: Emulator;
  readonly root: ReturnType<Emulator["createRoot"]>;

  /** A listener with routes by the field `to`; throws what the module says of a configuration that it refuses. */
  static async open(config: Config = {}, options: EmulatorOptions = {}): Promise<World> {
    built ??= buildPoisoned("tests/toy/index.ts");
    return new World(await built, { codec: "toy", routes: ["a", "b", "c"].map((name) => route(name)), ...config }, options);
  }

  /** The same with a codec that ships. */
  static async of(codec: string, config: Config): Promise<World> {
    const [module] = await buildAll([codec]);
    return new World(module!.wasm, { codec, ...config });
  }

  private constructor(wasm: string, config: Config, options: EmulatorOptions = {}) {
    this.emulator = Emulator.load(wasm, options);
    this.root = this.emulator.createRoot(JSON.stringify(config));
    worlds.push(this);
  }

  /** At the end of every test: all clients go, and nothing is left of them. */
  end(): void {
    for (const connection of this.emulator.connections()) connection.close();
    this.emulator.drainQueues();
    this.emulator.removeRoot(this.root);
    this.emulator.drainQueues();
    this.emulator.assertNoLeaks(MOST_MEMORY);
  }

  client(options: { accept?: boolean } = {}): Client { return new Client(this, options.accept ?? true); }
  connect(hcm: FakeHcm): Connection { return this.emulator.newConnection(this.root, hcm); }

  /** A counter, all labels added up, as Envoy sees it after the next tick. */
  count(name: string): number {
    this.emulator.tick();
    this.emulator.drainQueues();
    let sum = 0;
    for (const [metric, value] of Object.entries(this.emulator.metrics.all())) if (metric.startsWith(`${name};`)) sum += value;
    return sum;
  }

  errors(reason: string): number {
    this.emulator.tick();
    this.emulator.drainQueues();
    let sum = 0;
    for (const [metric, value] of Object.entries(this.emulator.metrics.all())) if (metric.startsWith("meltemi_errors;") && metric.includes(`=${reason};`)) sum += value;
    return sum;
  }
}

/** A client connection, and the lanes that the filter opened for it. */
export class Client {
  readonly hcm: FakeHcm;
  readonly connection: Connection;

  constructor(readonly world: World, accept: boolean) {
    this.hcm = new FakeHcm({ maxFrame: 1 << 20, onLane: (lane) => accept && lane.accept(lane.headers["x-meltemi-endpoint"] ?? "127.0.0.1:1") });
    this.connection = world.connect(this.hcm);
  }

  /** Bytes from the client, and all that follows from them. */
  send(bytes: string | Uint8Array): this {
    this.connection.downstream(bytes);
    this.settle();
    return this;
  }

  settle(): void { this.world.emulator.drainQueues(); }

  /** What the client got since it was last asked. */
  got(): string {
    this.settle();
    return this.connection.takeWritten().toString("latin1");
  }

  /** The lanes to a cluster, oldest first. */
  lanes(cluster: string): Lane[] { return this.hcm.lanes.filter(({ headers }) => headers["x-meltemi-cluster"] === cluster); }

  /** The only, or the latest, lane to a cluster. */
  lane(cluster: string): Lane {
    const lane = this.lanes(cluster).at(-1);
    if (!lane) throw new Error(`no lane to ${cluster}: ${this.hcm.lanes.map(({ headers }) => headers["x-meltemi-cluster"]).join(", ")}`);
    return lane;
  }

  /** What a server got on its lane. */
  at(cluster: string): string {
    this.settle();
    return this.lane(cluster).received.toString("latin1");
  }
}

export const call = (id: number, to: string, body = "", more = ""): string => `call ${id} ${body.length} to=${to}${more}\n${body}`;
export const ok = (id: number, body = "", more = ""): string => `ok ${id} ${body.length}${more}\n${body}`;
