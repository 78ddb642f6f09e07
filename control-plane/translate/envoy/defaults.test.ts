/** Fields that Envoy would fill in: set in all that is generated, as the table in docs/envoy-defaults.md says. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MODULES } from "../../testdata/fixtures.ts";
import { xdsBootstrap } from "../../xds/bootstrap.ts";
import { translate } from "../translate.ts";

type Json = Record<string, unknown>;

const dir = fileURLToPath(new URL("../../testdata/in/", import.meta.url)), docs = fileURLToPath(new URL("../../../docs/envoy-defaults.md", import.meta.url));

/** By kind of resource: fields, each with its names from the outside in, that must be there. */
const SET: Record<string, string[]> = {
  HttpConnectionManager: [
    "common_http_protocol_options.idle_timeout", "stream_idle_timeout", "request_timeout", "request_headers_timeout", "drain_timeout", "delayed_close_timeout",
    "http2_protocol_options.max_concurrent_streams", "http2_protocol_options.initial_stream_window_size", "http2_protocol_options.initial_connection_window_size",
  ],
  RouteAction: ["timeout", "idle_timeout"],
  TcpProxy: ["idle_timeout", "max_connect_attempts"],
  Listener: ["per_connection_buffer_limit_bytes"],
  Cluster: ["connect_timeout", "per_connection_buffer_limit_bytes", "circuit_breakers"],
};

function lacks(kind: string, resource: Json): string[] {
  const value = (path: string): unknown => path.split(".").reduce<unknown>((at, name) => (at as Json | undefined)?.[name], resource);
  return SET[kind]!.filter((path) => value(path) === undefined);
}

/** All resources of a bootstrap, by kind. */
function resources(bootstrap: Json): [string, Json][] {
  const { listeners = [], clusters = [] } = bootstrap.static_resources as { listeners?: Json[]; clusters?: Json[] }, found: [string, Json][] = [];
  for (const listener of listeners) {
    found.push(["Listener", listener]);
    for (const { filters } of listener.filter_chains as { filters: { typed_config: Json }[] }[]) for (const { typed_config } of filters) {
      const kind = String(typed_config["@type"]).split(".").at(-1)!;
      if (!(kind in SET)) continue;
      found.push([kind, typed_config]);
      const hosts = (typed_config.route_config as { virtual_hosts: { routes: { route: Json }[] }[] } | undefined)?.virtual_hosts ?? [];
      for (const { routes } of hosts) for (const { route } of routes) found.push(["RouteAction", route]);
    }
  }
  return [...found, ...clusters.map((cluster): [string, Json] => ["Cluster", cluster])];
}

test("every listener, connection manager, route, tcp_proxy and cluster that is generated sets what Envoy would choose otherwise", () => {
  const seen = new Set<string>();
  for (const file of readdirSync(dir).filter((name) => name.endsWith(".yaml") && !name.startsWith("bad-"))) {
    const result = translate([{ file, text: readFileSync(dir + file, "utf8") }], { wasm: "build/meltemi.wasm", modules: MODULES });
    if (!result.ok) continue;
    for (const [kind, resource] of resources(result.bootstrap as Json)) {
      seen.add(kind);
      assert.deepEqual(lacks(kind, resource), [], `${file}: ${kind} ${String(resource.name ?? resource.stat_prefix ?? "")}`);
    }
  }
  for (const [kind, resource] of resources(xdsBootstrap({ node: { id: "x" }, address: "127.0.0.1", port: 1, adminPort: 0, mode: "delta", stats: {} }) as Json)) assert.deepEqual(lacks(kind, resource), [], "the bootstrap of xDS");
  assert.deepEqual([...seen].sort(), Object.keys(SET).sort());
});

test("the page names each of these fields", () => {
  const page = readFileSync(docs, "utf8");
  for (const field of new Set(Object.values(SET).flat())) assert.ok(page.includes(`\`${field.split(".").at(-1)!}\``), field);
});
