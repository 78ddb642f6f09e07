/** Listeners of three protocols that go while clients are at work. */
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { ListenerFile } from "../../harness/envoy/lds.ts";
import { command, ensureNodeRedis, RespClient, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { dubboLoad, type Load, type Manner, RedisLoad, ResendingLoad, type Span, thriftLoad } from "./drain-load.ts";
import { Blocked, Subscriber, Waiting, Work } from "./drain-waiting.ts";
import { type Mesh, type MeshOptions, serviceEntry, startMesh } from "./mesh.ts";

/** Each connection is told when two thirds of the time have gone, and has 6 s then, which leaves a busy machine 2 s before Envoy closes what is left. */
const DRAIN = { seconds: 24, timeoutMs: 6000 };
/** On a busy machine a connection to a server takes long to open; that is not what is tested. */
const LANE_OPEN_MS = 30_000;
const END_MS = 90_000;
const PROTOCOLS = ["redis", "thrift", "dubbo"] as const;

export const MANNERS: Record<string, Manner> = {
  turns: { callers: 1, commands: 1, pause: 10 },
  pauses: { callers: 1, commands: 1, pause: 200 },
  batches: { callers: 1, commands: 20, pause: 20 },
  shared: { callers: 4, commands: 1, pause: 10 },
  bursts: { callers: 2, commands: 5, pause: 600 },
  slow: { callers: 1, commands: 1, pause: 0, command: ["BLPOP", "nothing", 1] },
};
/** Connections of each manner, half of them RESP3. */
const EACH = 2;

const patient: NonNullable<MeshOptions["plugin"]> = (plugin) => ({ ...plugin, limits: { ...plugin.limits as object, laneOpenMs: LANE_OPEN_MS } });

type Listener = Record<string, unknown>;

export class World {
  readonly span: Span;
  readonly loads: Load[] = [];
  readonly waiting: Waiting[] = [];
  readonly queue: Work;
  mesh!: Mesh;
  redis!: RedisServer;
  thrift!: ThriftServer;
  dubbo!: JavaServer;
  /** Clients that know the servers themselves. */
  direct!: { redis: RespClient; thrift: ThriftClient; dubbo: DubboClient };
  private readonly ports: Record<string, number> = {};
  private readonly file = new ListenerFile();
  private listeners: Listener[] = [];
  private readonly clients: { stop(): Promise<void> }[] = [];
  private readonly running: Promise<void>[] = [];
  private failed: unknown;
  /** When the listeners began to go. */
  private drainedAt = 0;

  /** `updates`: new listeners take the place of the old ones; otherwise the old ones are told to go. */
  constructor(readonly updates: boolean) {
    this.span = { over: false, once: !updates };
    this.queue = new Work(this.span);
  }

  async start(): Promise<void> {
    [this.redis, this.thrift, this.dubbo] = await Promise.all([startRedis(), startServer("python", { name: "t", transport: "header" }), startJavaServer({ name: "d" })]);
    const entry = (protocol: typeof PROTOCOLS[number]): string => serviceEntry(`${protocol}.example`, `tcp-${protocol}`, [[this[protocol].port]], { interface: "org.meltemi.demo.Demo" });
    this.mesh = await startMesh(PROTOCOLS.map(entry).join("\n---\n"), { drain: DRAIN, plugin: patient, bootstrap: (bootstrap) => {
      this.listeners = (bootstrap.static_resources as { listeners: Listener[] }).listeners;
      return this.file.take(bootstrap);
    } });
    for (const [name, { port }] of await this.mesh.envoy.listeners()) this.ports[PROTOCOLS.find((protocol) => name.includes(`${protocol}.example`))!] = port;
    this.direct = {
      redis: await RespClient.connect(this.redis.port), thrift: await startClient("go", { port: this.thrift.port }), dubbo: await startGoClient({ port: this.dubbo.port }),
    };
  }

  /** Clients begin to work; resolves when each has been answered. */
  async work(): Promise<void> {
    await Promise.all([this.startRedis(this.ports.redis!), this.startThrift(this.ports.thrift!), this.startDubbo(this.ports.dubbo!)]);
    const read = (): boolean => this.waiting.every((each) => !(each instanceof Subscriber) || each.news.length > 0);
    await this.reach("everybody has been answered", () => this.loads.every(({ answered }) => answered > 0) && this.queue.popped.length > 0 && read());
  }

  private async startRedis(port: number): Promise<void> {
    for (const [name, manner] of Object.entries(MANNERS)) for (let i = 0; i < EACH; i++) this.begin(new RedisLoad(`redis ${name} ${i}`, this.span, port, i % 2 === 1, manner));
    if (this.updates) this.begin(new ResendingLoad("redis library", this.span, port, await ensureNodeRedis()));
    this.running.push(this.queue.push(this.direct.redis), this.queue.pop(port));
    for (const resp3 of [false, true]) this.waiting.push(await Subscriber.subscribe("redis, subscribed", port, resp3));
    for (const [what, bytes] of [["redis, silent", ""], ["redis, idle", command("PING")], ["redis, half a command", "*1\r\n$4\r\nPI"]] as const) this.waiting.push(await Waiting.open(what, port, bytes));
    this.waiting.push(await Blocked.block("redis, blocked", port));
  }

  private async startThrift(port: number): Promise<void> {
    const echo = { method: "echo", args: ["x"] }, slow = { method: "sleep", args: [700, "slept"] };
    const [python, node, go, pipelined, sleeper] = await Promise.all([
      startClient("python", { port }), startClient("node", { port, transport: "buffered" }), startClient("go", { port, transport: "header", protocol: "compact" }),
      startClient("python", { port, protocol: "compact" }), startClient("go", { port }),
    ]);
    this.clients.push(python, node, go, pipelined, sleeper);
    for (const client of [python, node, go]) this.begin(thriftLoad(`thrift ${client.library} turns`, this.span, client, echo));
    this.begin(thriftLoad("thrift python batches", this.span, pipelined, echo, { pipelined: 10 }));
    this.begin(thriftLoad("thrift go slow", this.span, sleeper, slow, { count: 1 }));
    this.waiting.push(await Waiting.open("thrift, silent", port, ""));
  }

  private async startDubbo(port: number): Promise<void> {
    const hello = [{ method: "hello", args: ["{n}"] }], slow = [{ method: "slow", args: [700, "slept"] }];
    const [java, go, sleeper] = await Promise.all([startJavaClient({ port }), startGoClient({ port }), startGoClient({ port })]);
    this.clients.push(java, go, sleeper);
    this.begin(dubboLoad("dubbo java shared", this.span, java, { count: 40, concurrency: 4, calls: hello }));
    this.begin(dubboLoad("dubbo go turns", this.span, go, { count: 10, calls: hello }));
    this.begin(dubboLoad("dubbo go slow", this.span, sleeper, { count: 2, concurrency: 2, calls: slow }));
    this.waiting.push(await Waiting.open("dubbo, silent", port, ""));
  }

  private begin(load: Load): void {
    this.loads.push(load);
    this.running.push(load.run().catch((error: unknown) => {
      this.failed ??= error;
    }));
  }

  private async reach(what: string, look: () => boolean): Promise<void> {
    await until(what, END_MS, () => this.failed !== undefined || look()).catch((error: unknown) => {
      const late = [...this.loads.filter((load) => !load.hasEnded), ...this.waiting.filter(({ end }) => !end)].map((each) => "name" in each ? each.name : each.what);
      throw new Error(`${String(error)}\nno end yet: ${late.join("; ")}\n${this.mesh.envoy.log()}`);
    });
    if (this.failed !== undefined) throw this.failed;
  }

  /** The listeners go. Resolves when all connections of the old ones have ended, and new ones serve where there are any. */
  async drain(): Promise<void> {
    this.drainedAt = Date.now();
    if (this.updates) this.file.update(this.listeners.map((listener) => JSON.parse(JSON.stringify(listener).replaceAll('\\"service\\":\\"', '\\"service\\":\\"new-')) as Listener));
    else await this.mesh.envoy.post("/drain_listeners?graceful");
    const patient: Waiting[] = this.waiting.filter((each) => each instanceof Blocked);
    await this.reach("all that are at work have ended", () => this.queue.ends > 0 && this.loads.every((load) => load.hasEnded) && this.waiting.every((each) => each.end ?? patient.includes(each)));
    const before = this.loads.map(({ answered }) => answered);
    if (this.updates) await this.reach("everybody is served by the new listener", () => this.loads.every(({ answered }, i) => answered > before[i]!));
    this.span.over = true;
    await Promise.all(this.running);
    if (this.failed !== undefined) throw this.failed;
    await this.reach("all have ended", () => patient.every(({ end }) => end));
  }

  /** From the beginning of the drain to a connection's end. */
  secondsOf({ endedAt }: Waiting): number { return (endedAt - this.drainedAt) / 1000; }

  /** Envoy may tell a connection so late that its time is cut short by the end of the drain time. */
  wasCutShort(waiting: Waiting): boolean { return this.secondsOf(waiting) > DRAIN.seconds - 0.1; }

  async stop(): Promise<void> {
    this.span.over = true;
    await Promise.allSettled([...this.clients, this.direct?.thrift, this.direct?.dubbo].map((client) => client?.stop()));
    await Promise.allSettled([this.direct?.redis.close(), this.mesh?.envoy.stop()]);
    await Promise.allSettled([this.redis?.stop(), this.thrift?.kill(), this.dubbo?.stop("SIGKILL")]);
    this.file.remove();
  }
}
