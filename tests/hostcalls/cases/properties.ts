import type { Case } from "../case.ts";
import { exchange } from "./world.ts";

/** Attributes, filter state, and Envoy's foreign functions that are about them. */
export const properties: Case[] = [
  {
    name: "request-attributes", kind: "http",
    on: {
      request_headers: [
        ["property", "request/path"], ["property", "request/url_path"], ["property", "request/query"], ["property", "request/host"], ["property", "request/scheme"], ["property", "request/method"],
        ["property", "request/useragent"], ["property", "request/referer"], ["property", "request/id"], ["property", "request/protocol"], ["propertyNumber", "request/size"], ["propertyExists", "request/time"], ["propertyExists", "request/duration"],
        ["property", "request/headers/x-sent"], ["property", "request/headers/x-none"], ["property", "request/none"], ["property", "none"], ["propertyNumber", "response/code"], ["property", "response/code_details"],
        ["propertyTrue", "connection/mtls"], ["property", "connection/tls_version"], ["property", "connection/requested_server_name"], ["propertyExists", "source/address"], ["propertyExists", "connection_id"], ["propertyExists", "connection/id"], ["propertyExists", "upstream/address"],
        ["property", "plugin_name"], ["property", "xds/route_name"], ["property", "xds/cluster_name"], ["property", "xds/node/id"], ["property", "xds/node/cluster"], ["property", "xds/node/metadata/label"], ["raw.get_property", "hex:706c7567696e5f6e616d6500"], ["raw.get_property", ""],
      ],
      response_headers: [["propertyNumber", "response/code"], ["property", "response/code_details"], ["property", "response/headers/x-kind"], ["propertyNumber", "response/flags"], ["property", "request/path"], ["property", "response/grpc_status"], ["propertyExists", "upstream/address"]],
      log: [["propertyNumber", "response/code"], ["property", "response/code_details"], ["property", "request/path"], ["propertyExists", "request/duration"]],
    },
    drive: peer => peer.request({ path: "/a/b?q=1&r=2", headers: [["x-sent", "1"], ["user-agent", "parity"], ["referer", "here"]] }),
  },
  {
    name: "set-property", kind: "http",
    on: {
      request_headers: [
        ["setProperty", "mine", "one"], ["property", "mine"], ["property", "wasm.mine"], ["property", "filter_state/wasm.mine"], ["setProperty", "mine", "two"], ["setProperty", "a/b", "x"], ["property", "a/b"], ["property", "a"],
        ["raw.set_property", "hex:6d696e6500", "three"], ["property", "mine"], ["selectRoot"], ["setProperty", "mine", "root"], ["property", "mine"],
      ],
      response_headers: [["property", "mine"]], log: [["property", "mine"], ["setProperty", "mine", "late"]],
    },
    drive: peer => peer.request(),
  },
  {
    name: "declare-property", kind: "network",
    on: {
      configure: [["declareProperty", "fixed", 1, 0, true], ["declareProperty", "fixed", 1, 0, false], ["declareProperty", "free", 0, 2, false]],
      downstream_data: [["setProperty", "fixed", "one"], ["setProperty", "fixed", "two"], ["property", "fixed"], ["setProperty", "free", "one"], ["setProperty", "free", "two"], ["property", "free"], ["declareProperty", "fixed", 1], ["callForeign", "declare_property", "hex:ff"]],
    },
    drive: exchange,
  },
  {
    name: "filter-state", kind: "network",
    on: {
      configure: [["setFilterState", "envoy.tcp_proxy.cluster", "tcp"]],
      new_connection: [["setFilterState", "envoy.tcp_proxy.cluster", "tcp"], ["setFilterState", "mine", "x"], ["setFilterState", "envoy.network.upstream_server_name", "a.b", 2], ["callForeign", "set_envoy_filter_state", "hex:ff"], ["clearRouteCache"]],
    },
    drive: exchange,
  },
  {
    name: "route-cache", kind: "http",
    on: { request_headers: [["clearRouteCache"], ["setFilterState", "envoy.string", "x"]], response_headers: [["clearRouteCache"]] },
    drive: peer => peer.request(),
  },
];
