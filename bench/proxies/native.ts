/** What stock Envoy has of its own: each proxy as its documentation has it, one listener for each kind of rules. */
import { ATTACHMENT, METHOD, type Protocol } from "../load/load.ts";
import { othersOf, type Contestant, type Rules } from "./contestant.ts";

const FILTERS = "type.googleapis.com/envoy.extensions.filters.network";
const CLUSTER = "server", MANY = 100_000;

type Filter = (rules: Rules) => object;

/** Methods of the rules; the last is called. */
const methods = (rules: Rules): string[] => [...Array.from({ length: othersOf(rules) }, (_, i) => `other${i}`), METHOD];

const tcpProxy: Filter = () => ({ "@type": `${FILTERS}.tcp_proxy.v3.TcpProxy`, stat_prefix: "floor", cluster: CLUSTER });

const dubboProxy: Filter = (rules) => {
  const match = rules === "none" ? [{ method: { name: { safe_regex: { regex: ".*" } } } }] : rules === "tail"
    ? [{ method: { name: { safe_regex: { regex: ".*" } } }, headers: [{ name: ATTACHMENT.key, string_match: { exact: ATTACHMENT.value } }] }]
    : methods(rules).map((name) => ({ method: { name: { exact: name } } }));
  return {
    "@type": `${FILTERS}.dubbo_proxy.v3.DubboProxy`, stat_prefix: "dubbo",
    multiple_route_config: { name: "all", route_config: [{ name: "all", interface: "*", routes: match.map((one) => ({ match: one, route: { cluster: CLUSTER } })) }] },
  };
};

const genericProxy = (bound: boolean): Filter => (rules) => {
  const generic = `${FILTERS}.generic_proxy`;
  const to = { action: { name: "route", typed_config: { "@type": `${generic}.action.v3.RouteAction`, name: "route", cluster: CLUSTER } } };
  const asks = rules === "tail" ? [{ input: { "@type": `${generic}.matcher.v3.PropertyMatchInput`, property_name: ATTACHMENT.key }, value: ATTACHMENT.value }]
    : methods(rules).map((value) => ({ input: { "@type": `${generic}.matcher.v3.MethodMatchInput` }, value }));
  const matchers = asks.map(({ input, value }) => ({ predicate: { single_predicate: { input: { name: "input", typed_config: input }, value_match: { exact: value } } }, on_match: to }));
  return {
    "@type": `${generic}.v3.GenericProxy`, stat_prefix: "generic",
    codec_config: { name: "dubbo", typed_config: { "@type": `${generic}.codecs.dubbo.v3.DubboCodecConfig` } },
    filters: [{ name: "router", typed_config: { "@type": `${generic}.router.v3.Router`, bind_upstream_connection: bound } }],
    route_config: { name: "all", virtual_hosts: [{ name: "all", hosts: ["*"], routes: rules === "none" ? { on_no_match: to } : { matcher_list: { matchers } } }] },
  };
};

const thriftProxy = (passthrough: boolean): Filter => (rules) => ({
  "@type": `${FILTERS}.thrift_proxy.v3.ThriftProxy`, stat_prefix: "thrift", transport: "FRAMED", protocol: "BINARY", payload_passthrough: passthrough,
  route_config: { name: "all", routes: (rules === "none" ? [""] : methods(rules)).map((name) => ({ match: { method_name: name }, route: { cluster: CLUSTER } })) },
});

const redisProxy: Filter = (rules) => ({
  "@type": `${FILTERS}.redis_proxy.v3.RedisProxy`, stat_prefix: "redis", settings: { op_timeout: "60s" },
  prefix_routes: rules === "none" ? { catch_all_route: { cluster: CLUSTER } } : { routes: methods(rules).map((prefix) => ({ prefix, cluster: CLUSTER })) },
});

const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

function native(name: string, protocol: Protocol, rules: readonly Rules[], filter: Filter, role: Contestant["role"] = "native"): Contestant {
  const listener = (one: Rules): object => ({ name: one, address: address(0), filter_chains: [{ filters: [{ name, typed_config: filter(one) }] }] });
  return {
    name, role, protocol, rules,
    listens: (listening, wanted) => role === "floor" || listening === wanted,
    bootstrap: (server) => ({ static_resources: {
      listeners: rules.map(listener),
      clusters: [{
        name: CLUSTER, type: "STATIC", connect_timeout: "5s",
        // as Meltemi's own clusters
        circuit_breakers: { thresholds: [{ max_connections: MANY, max_pending_requests: MANY, max_requests: MANY, max_retries: MANY }] },
        load_assignment: { cluster_name: CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(server) } }] }] },
      }],
    } }),
  };
}

const ORDINARY: readonly Rules[] = ["none", "head", "ten"];

/** The floor first, then the native ones; ratios are to the first of those. `rules`: in the place of the ordinary ones. */
export function natives(protocol: Protocol, rules?: readonly Rules[]): Contestant[] {
  const one = (name: string, filter: Filter): Contestant => native(name, protocol, rules ?? (protocol === "dubbo" ? [...ORDINARY, "tail"] : ORDINARY), filter);
  const own = {
    dubbo: () => [one("dubbo_proxy", dubboProxy), one("generic_proxy", genericProxy(false)), one("generic_proxy bound", genericProxy(true))],
    thrift: () => [one("thrift_proxy", thriftProxy(false)), one("thrift_proxy passthrough", thriftProxy(true))],
    redis: () => [one("redis_proxy", redisProxy)],
  };
  return [native("tcp_proxy", protocol, ["none"], tcpProxy, "floor"), ...own[protocol]()];
}
