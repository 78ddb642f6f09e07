import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { processes, spawn } from "../tools/process.ts";
import { until } from "../tools/wait.ts";
import { ROOT } from "../tools/paths.ts";
import { startEnvoy, validateBootstrap } from "./envoy.ts";

const ROUTER = { name: "router", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } };
const HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/** One HTTP listener on a port of Envoy's choice that answers `hello` itself. */
function hello(): Record<string, unknown> {
  const routes = [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "hello" } } }];
  const manager = { "@type": HCM, stat_prefix: "hello", route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] }, http_filters: [ROUTER] };
  return {
    static_resources: {
      listeners: [{
        name: "front",
        address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
        filter_chains: [{ filters: [{ name: "hcm", typed_config: manager }] }],
      }],
    },
  };
}

function running(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid && entry.state !== "Z");
}

test("Envoy starts, tells its ports, counts, and leaves nothing behind", async () => {
  const envoy = await startEnvoy({ bootstrap: hello(), logLevel: "info" });
  let funcE = 0;
  try {
    const front = (await envoy.listeners()).get("front");
    assert.equal(front?.address, "127.0.0.1");
    const body = await (await fetch(`http://127.0.0.1:${front?.port}/`)).text();
    assert.equal(body, "hello");
    assert.equal((await envoy.stats("^http.hello.downstream_rq_2xx$")).get("http.hello.downstream_rq_2xx"), 1);
    assert.ok(envoy.rss() > 20 << 20, `resident memory of ${envoy.rss()} bytes is not that of an Envoy`);
    assert.ok(envoy.cpu() > 0);
    await envoy.post("/reset_counters");
    const entry = processes().find(({ pid }) => pid === envoy.pid);
    assert.equal(entry?.name, "envoy");
    funcE = entry.parent;
    assert.ok(running(funcE));
  } finally {
    await envoy.stop();
  }
  assert.ok(!running(envoy.pid), "envoy still runs");
  assert.ok(!running(funcE), "func-e still runs");
  await envoy.exited;
  assert.match(envoy.log(), /main dispatch loop exited/, "the end was not a clean one");
  await envoy.stop();
});

test("an Envoy that does not start says why", async () => {
  const bootstrap = hello();
  Object.assign(bootstrap, { static_resources: { listeners: [{ name: "front", adress: {} }] } });
  await assert.rejects(startEnvoy({ bootstrap }), /it ended with exit code 1[\s\S]*adress/);
});

test("Envoy of a program that is killed by a signal ends with it", async () => {
  const script = `import { startEnvoy } from "./harness/envoy/envoy.ts";
    const envoy = await startEnvoy({ bootstrap: ${JSON.stringify(hello())} });
    console.log("pid", envoy.pid);`;
  const program = await spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], { cwd: ROOT });
  const pid = Number((await program.waitFor(/pid (\d+)/))[1]);
  assert.ok(running(pid));
  await program.stop();
  await until("end of the orphan", 5000, () => !running(pid));
});

test("validate accepts a good bootstrap and says what is wrong with a bad one", async () => {
  assert.deepEqual(await validateBootstrap(hello()), { ok: true, output: "" });
  const bad = await validateBootstrap({ static_resources: { listeners: [{ name: "front", adress: {} }] } });
  assert.equal(bad.ok, false);
  assert.match(bad.output, /no such field: 'adress'/);
});

test("an Envoy that waits for what never comes is reported with its last state", async () => {
  const api_config_source = { api_type: "GRPC", transport_api_version: "V3", grpc_services: [{ envoy_grpc: { cluster_name: "nobody" } }] };
  const bootstrap = {
    node: { id: "test", cluster: "test" },
    static_resources: { clusters: [{ name: "nobody", type: "STATIC" }] },
    dynamic_resources: { cds_config: { resource_api_version: "V3", api_config_source } },
  };
  await assert.rejects(startEnvoy({ bootstrap, readyMs: 1000 }), /not after 1 s \(last: GET \/ready: 503 PRE_INITIALIZING\)/);
});

test("a listener of Envoy is closed once it has stopped", async () => {
  const envoy = await startEnvoy({ bootstrap: hello() });
  const port = (await envoy.listeners()).get("front")?.port ?? 0;
  await envoy.stop();
  await assert.rejects(new Promise((resolve, reject) => connect({ port, host: "127.0.0.1" }).once("connect", resolve).once("error", reject)), /ECONNREFUSED/);
});
