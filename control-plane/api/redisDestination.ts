import { readAuth, type Auth } from "./credentials.ts";
import { readTcp, type Connections } from "./destinationRule.ts";
import type { Field, Fields } from "./field.ts";
import { each, type Metadata } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";

/** How the servers of a host are spoken to. */
export interface RedisDestination extends Metadata {
  host: Located<string>;
  connections?: Connections;
  auth?: Auth;
  /** The servers are a Redis Cluster. */
  slots?: { at: Place; seeds: Located<Seed>[] };
}

/** A node of a cluster, which tells of the others. */
export interface Seed { address: string; port: number }

const SEED = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/** redis.aeraki.io RedisDestination. */
export function readRedisDestination(root: Fields, metadata: Metadata): RedisDestination | undefined {
  const spec = root.required("spec").record();
  const host = spec.required("host").located();
  const policy = spec.field("trafficPolicy").record();
  const read = readPool(policy.field("connectionPool"));
  policy.end();
  spec.end();
  return host && { ...metadata, host, ...read };
}

function readPool(field: Field): Pick<RedisDestination, "connections" | "auth" | "slots"> {
  if (field.missing) return {};
  const pool = field.record();
  const tcp = pool.field("tcp");
  const connections = tcp.missing ? undefined : readTcp(tcp);
  const servers = readServers(pool.field("redis"));
  pool.end();
  return { ...(connections ? { connections } : {}), ...servers };
}

function readServers(field: Field): Pick<RedisDestination, "auth" | "slots"> {
  if (field.missing) return {};
  const redis = field.record();
  const mode = redis.field("mode"), endpoints = redis.field("discoveryEndpoints");
  const isCluster = mode.oneOf(["PROXY", "CLUSTER"]) === "CLUSTER";
  const auth = readAuth(redis.field("auth"));
  const seeds = each(endpoints.list(), readSeed);
  if (!isCluster && seeds.length > 0) endpoints.error("are nodes of a Redis Cluster: they need mode CLUSTER");
  redis.end();
  return { ...(auth ? { auth } : {}), ...(isCluster ? { slots: { at: mode.at, seeds } } : {}) };
}

/** `address:port`, the address an IP address or a name. */
function readSeed(field: Field): Located<Seed> | undefined {
  const text = field.string();
  if (text === undefined) return undefined;
  const [, v6, name, digits] = SEED.exec(text) ?? [], port = Number(digits);
  const address = v6 ?? name;
  if (address !== undefined && port > 0 && port < 65_536) return { value: { address, port }, at: field.at };
  field.error("must be an address and a port, such as 10.0.0.1:6379");
  return undefined;
}
