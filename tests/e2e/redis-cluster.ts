/** What the tests of Redis Clusters share: resources, and what nodes themselves say. */
import type { RedisCluster } from "../../harness/peers/redis/cluster.ts";
import { type RespClient, RespError, type Reply } from "../../harness/peers/redis/index.ts";
import { type Mesh, serviceEntry } from "./mesh.ts";

export const NODES_PASSWORD = "what nodes want";

export const resource = (group: string, kind: string, name: string, spec: object): string =>
  JSON.stringify({ apiVersion: `${group}/v1alpha1`, kind, metadata: { name, namespace: "default" }, spec });

/** A service whose servers are a Redis Cluster, of which two nodes are known; their password is in a Secret. */
export function clusterEntry(name: string, cluster: RedisCluster, annotations: Record<string, string> = {}): string {
  const redis = { mode: "CLUSTER", ...(cluster.password ? { auth: { secret: { name: "nodes" } } } : {}) };
  return [
    serviceEntry(`${name}.example`, `tcp-redis-${name}`, cluster.servers.slice(0, 2).map(({ port }) => [port]), annotations),
    resource("redis.aeraki.io", "RedisDestination", name, { host: `${name}.example`, trafficPolicy: { connectionPool: { redis } } }),
  ].join("\n---\n");
}

export const NODES_SECRET = JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "nodes", namespace: "default" }, stringData: { password: NODES_PASSWORD } });

/** Ports by the names that `tcp-redis-<name>` has. */
export async function portsOf(mesh: Mesh): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[/tcp-redis-(.*)$/.exec(listener)?.[1] ?? listener] = port;
  return ports;
}

/** Ends its connection, whatever becomes of the work. */
export async function using<T>(client: Promise<RespClient>, work: (client: RespClient) => Promise<T>): Promise<T> {
  const open = await client;
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}

export const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

/** What a node itself has under a key; undefined if it is not the one that serves it. */
export async function held(cluster: RedisCluster, key: string): Promise<unknown> {
  return cluster.ask((await cluster.master(key)).server, "GET", key);
}
