import { createServer } from "node:net";
import { freePort } from "../../tools/net.ts";
import { run } from "../../tools/process.ts";
import { until } from "../../tools/wait.ts";
import { ensureRedis } from "./build.ts";
import { RespClient } from "./client.ts";
import { startRedis, type RedisServer } from "./server.ts";

export interface RedisClusterOptions {
  /** Of the default user, at every node. */
  password?: string;
  /** How long a node is silent before it is taken for dead, in milliseconds; 2,000 if absent. */
  nodeTimeoutMs?: number;
}

export interface ClusterNode {
  server: RedisServer;
  id: string;
  /** At the moment of asking: a replica may become a master. */
  role: "master" | "replica";
  /** Of a replica. */
  masterId: string | undefined;
}

export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly password: string | undefined;
  /** What the living nodes know of each other; those that are down are left out. */
  nodes(): Promise<ClusterNode[]>;
  /** The master that serves a key. */
  master(key: string): Promise<ClusterNode>;
  /** Asks a node itself, past its cluster's redirections. */
  ask(server: RedisServer, ...command: (string | number)[]): Promise<unknown>;
  /** Runs `redis-cli --cluster`; an Error if it says no. */
  manage(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

const SIZE = 6;
/** A node's own port lies so far above the one for clients. */
const BUS = 10_000;
const SETTLED_MS = 60_000;

/** Three masters, each with a replica, that share the slots among them. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  try {
    for (let i = 0; i < SIZE; i++) servers.push(await startNode(options));
    const cluster = new Cluster(servers, options.password);
    await cluster.manage("create", ...servers.map(({ port }) => `127.0.0.1:${port}`), "--cluster-replicas", "1", "--cluster-yes");
    await cluster.settled();
    return cluster;
  } catch (error) {
    await Promise.allSettled(servers.map((server) => server.stop()));
    throw error;
  }
}

async function startNode({ password, nodeTimeoutMs = 2000 }: RedisClusterOptions): Promise<RedisServer> {
  return startRedis({ password, port: await portWithBus(), args: [
    "--cluster-enabled", "yes", "--cluster-node-timeout", String(nodeTimeoutMs),
    // what a dead master served is down until a replica takes its place, and nothing else is
    "--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no", "--repl-diskless-sync-delay", "0",
    ...(password ? ["--masterauth", password] : []),
  ] });
}

async function portWithBus(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + BUS < 65_536 && await isFree(port + BUS)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

class Cluster implements RedisCluster {
  private readonly direct = new Map<RedisServer, RespClient>();

  constructor(readonly servers: readonly RedisServer[], readonly password: string | undefined) {}

  async nodes(): Promise<ClusterNode[]> {
    const lines = String(await this.askAny("CLUSTER", "NODES")).trim().split("\n").map((line) => line.split(" "));
    return lines.flatMap(([id, address, flags, masterId]) => {
      const server = this.servers.find(({ port }) => address!.startsWith(`127.0.0.1:${port}@`));
      if (server === undefined || /fail|noaddr|handshake/.test(flags!)) return [];
      const master = flags!.includes("master");
      return [{ server, id: id!, role: master ? "master" as const : "replica" as const, masterId: master ? undefined : masterId }];
    });
  }

  async master(key: string): Promise<ClusterNode> {
    const slot = Number(await this.askAny("CLUSTER", "KEYSLOT", key));
    const ranges = await this.askAny("CLUSTER", "SLOTS") as [number, number, [string, number, string]][];
    const owner = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
    const node = (await this.nodes()).find(({ id }) => id === owner);
    if (node === undefined) throw new Error(`no living node serves slot ${slot} of ${key}`);
    return node;
  }

  async ask(server: RedisServer, ...command: (string | number)[]): Promise<unknown> {
    const client = this.direct.get(server) ?? await RespClient.connect(server.port, { password: this.password });
    this.direct.set(server, client);
    try {
      return await client.call(...command);
    } catch (error) {
      this.direct.delete(server);
      throw error;
    }
  }

  async manage(...args: string[]): Promise<string> {
    const env = { REDISCLI_AUTH: this.password };
    const done = await run(await ensureRedis("redis-cli"), ["--cluster", ...args], { env, timeoutMs: SETTLED_MS });
    if (done.code !== 0) throw new Error(`redis-cli --cluster ${args.join(" ")}:\n${done.output}`);
    return done.output;
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.direct.values()].map((client) => client.close()));
    await Promise.allSettled(this.servers.map((server) => server.stop()));
  }

  /** Every node agrees, and every replica has what its master has. */
  settled(): Promise<unknown> {
    return until("the cluster is settled", SETTLED_MS, async () => {
      const states = await Promise.all(this.servers.map(async (server) => [
        await this.ask(server, "CLUSTER", "INFO"), await this.ask(server, "INFO", "replication"),
      ].join("")));
      return states.every((state) => /cluster_state:ok/.test(state) && /cluster_known_nodes:6/.test(state) && !/master_link_status:down/.test(state))
        && states.filter((state) => /master_link_status:up/.test(state)).length === SIZE / 2;
    });
  }

  private async askAny(...command: string[]): Promise<unknown> {
    let last: unknown;
    for (const server of this.servers) {
      try {
        return await this.ask(server, ...command);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}
