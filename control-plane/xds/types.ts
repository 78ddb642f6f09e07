/** What is served, in the order in which an Envoy must hear of it: what is referred to comes first. */
export const TYPES = ["clusters", "endpoints", "secrets", "listeners", "tables"] as const;
export type Type = (typeof TYPES)[number];

const PREFIX = "type.googleapis.com/";

/** Names of the messages; `tables` are for the filter: `{ string name = 1; string configuration = 2; }`. */
export const MESSAGES: Record<Type, string> = {
  clusters: "envoy.config.cluster.v3.Cluster",
  endpoints: "envoy.config.endpoint.v3.ClusterLoadAssignment",
  secrets: "envoy.extensions.transport_sockets.tls.v3.Secret",
  listeners: "envoy.config.listener.v3.Listener",
  tables: "meltemi.v1.RouteConfiguration",
};

export const typeUrl = (type: Type): string => PREFIX + MESSAGES[type];

/** What a filter tells without being asked, in a DiscoveryRequest: its `resource_names` are the endpoints that are out, `<cluster>|<address>:<port>`. */
export const HEALTH_URL = `${PREFIX}meltemi.v1.EndpointHealth`;

const BY_URL = new Map(TYPES.map((type) => [typeUrl(type), type]));

export const typeOf = (url: string): Type | undefined => BY_URL.get(url);

/** One resource as it goes over the wire. `version` is a digest of its bytes: the same content has the same version everywhere and for ever. */
export interface Resource {
  readonly name: string;
  readonly version: string;
  readonly bytes: Uint8Array;
  /** Of endpoints, and of listeners inside of Envoy, which clusters lead to: what the bytes say. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** By name. */
export type Resources = ReadonlyMap<string, Resource>;

/** All that one Envoy is to have. */
export type View = Readonly<Record<Type, Resources>>;
