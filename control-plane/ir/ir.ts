import type { Secret } from "../api/secret.ts";
import type { LocalitySetting } from "../api/locality.ts";
import type { Retries } from "../api/retries.ts";
import type { Matcher } from "./matcher.ts";

/**
 * What resources come to, before anything of Envoy: who listens where, speaks what, and sends which request to whom.
 * Everything is in an order of its own (by name), whatever the order of the documents.
 */
export interface Ir {
  listeners: Listener[];
  clusters: Cluster[];
  /** Servers that filters ask: for decisions, limits, keys, and to take logs and traces. */
  services: ServiceCluster[];
}

export interface Listener {
  /** `<address>_<port>`; with port 0 (the system chooses) followed by `_<host>_<port name>`. */
  name: string;
  address: string;
  port: number;
  /** False: another Envoy's listener, such as Istio's sidecars have, asks for what stands here; none is made of it. */
  bound?: false;
  /** Host of the service, or `NAMESPACE/NAME` of the Gateway. */
  service: string;
  /** It is a port of a Gateway, for Envoys with these labels (none: for all). */
  gateway?: { selector: Record<string, string> };
  tls?: ServerTls;
  codec: string;
  /** The codec's own options. */
  options?: Record<string, unknown>;
  upstream: "lanes" | "inline";
  /** The service's own cluster; a gateway has none. */
  ownCluster?: string;
  /** What clients must say to be served. */
  auth?: Credentials;
  /** How it speaks to Redis Clusters. */
  redis?: RedisProxy;
  /** First match wins; null: there are no route resources and all goes to the default cluster. */
  routes: Route[] | null;
  /** Absent: what no route matches is answered with RouteNotFound. */
  defaultCluster?: string;
  /** The key that names services in requests: routes and filters `of` one are for Envoys that have asked for it. Absent: all Envoys have all. */
  onDemand?: string;
  /** In the order in which requests meet them. */
  filters: Filter[];
  /** Of a client's connection without a request, in milliseconds; absent: none. */
  idleMs?: number;
}

/** What clients of a listener see: texts are files of the Envoy's machine, secrets are what would be in them. */
export interface ServerTls {
  certificates: { certificate: string | Secret; key: string | Secret }[];
  /** Whose certificates clients must have; absent: they need none. */
  authorities?: string | Secret;
}

/** A filter of the module, as docs/config.md, `filters`. Secrets in its configuration are written out by the plugin alone. */
export interface Filter {
  name: string;
  match?: Matcher[][];
  /** Names of the routes that it is for; absent: all. */
  routes?: string[];
  /** The service that it is for, as requests name it. */
  of?: string;
  config: Record<string, unknown>;
}

/** A cluster of a server that filters ask. */
export interface ServiceCluster {
  /** `<host>:<port>`. */
  name: string;
  discovery: "static" | "dns";
  endpoints: Endpoint[];
  /** For gRPC. */
  http2: boolean;
}

/** Settings of Envoy's redis_proxy; absent: Meltemi's defaults. */
export interface RedisProxy {
  /** Until a node answers a command, in milliseconds; 0: for ever. */
  timeoutMs?: number;
  readPolicy?: "MASTER" | "PREFER_MASTER" | "REPLICA" | "PREFER_REPLICA" | "ANY";
  /** False: clients get MOVED and ASK. */
  redirection?: boolean;
  commandStats?: boolean;
  flushBytes?: number;
  flushMs?: number;
  unknownConnections?: number;
  /** Of prefixes of keys. */
  ignoreCase?: boolean;
}

/** Who one is, and the proof. */
export interface Credentials { username?: string; password: Secret }

export interface Route {
  name: string;
  /** The service whose requests it is for, as requests name it. */
  of?: string;
  /** Any of these lists, all matchers of it; empty: matches all. */
  match: Matcher[][];
  destinations: WeightedCluster[];
  /** Metadata keys whose values pick the endpoint. */
  hash: string[];
  request: Mutation;
  response: Mutation;
  /** Until the last reply, in milliseconds; absent: as long as it takes. */
  timeoutMs?: number;
  retries?: Retries;
  /** Copies of its requests; shares in millionths. */
  mirrors?: { cluster: string; share: number }[];
  /** What its keys begin with, and whether a Redis Cluster is told keys without it. */
  keyPrefix?: { text: string; remove: boolean };
}

export interface WeightedCluster { cluster: string; weight: number }

export interface Mutation {
  set?: Record<string, string>;
  append?: Record<string, string>;
  remove?: string[];
}

export interface Cluster {
  /** `outbound|<port>|<subset>|<host>`, as Istio names them. */
  name: string;
  host: string;
  port: number;
  subset?: string;
  /** "dns": Envoy resolves the endpoints' names and chooses among what it finds. */
  discovery: "static" | "dns";
  endpoints: Endpoint[];
  /** `<address>:<port>` of those that are not ready, and so get nothing. */
  unready?: string[];
  balance: Balance;
  /** The servers are a Redis Cluster, and these some of its nodes: Envoy asks them for the others, and which keys each has. */
  slots?: true;
  /** With balance "hash". */
  hashKey?: string;
  /** What the filter says to its servers before anything else. */
  auth?: Credentials;
  connectTimeoutMs: number;
  maxConnections: number;
  keepalive?: { probes?: number; timeSeconds?: number; intervalSeconds?: number };
  outliers?: Outliers;
  /** To its servers; files are those of the Envoy's machine. `names`: of which a server's certificate must have one; without `ca` any certificate will do. */
  tls?: { certificate?: string; key?: string; ca?: string; sni?: string; names: string[] };
  /** Present if endpoints are asked by where they and the Envoy are. */
  locality?: LocalitySetting;
  /** Requests in flight, and those that wait for a connection, at most. */
  maxRequests?: number;
  maxPending?: number;
  /** Of a connection to a server without a request, in milliseconds. */
  idleMs?: number;
}

export type Balance = "roundRobin" | "leastRequest" | "random" | "hash";

export interface Endpoint {
  address: string;
  port: number;
  weight: number;
  /** `region/zone/subzone`. */
  locality?: string;
  /** Those that `failoverPriority` asks for. */
  labels?: Record<string, string>;
  /** As an Envoy of one locality sees it: 0, or absent, is asked first. */
  priority?: number;
}

/** Absent: Envoy's default. */
export interface Outliers {
  consecutiveErrors?: number;
  consecutiveGatewayErrors?: number;
  consecutiveLocalErrors?: number;
  splitLocalErrors?: boolean;
  intervalMs?: number;
  baseEjectionMs?: number;
  maxEjectionPercent?: number;
  minHealthPercent?: number;
}
