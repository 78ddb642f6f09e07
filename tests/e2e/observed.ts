/** The four protocols with real servers and clients behind one Envoy, and a collector beside it: what the filters' tests share. */
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer, whoami } from "../../examples/awesomerpc/peer/server.ts";
import { type DubboClient, startGoClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { RespClient, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient } from "../../harness/peers/thrift/index.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

export type Codec = "dubbo" | "thrift" | "redis" | "awesomerpc";

export interface Observed {
  mesh: Mesh;
  dubbo: DubboClient;
  /** With THeaders. */
  thrift: ThriftClient;
  /** Framed, without. */
  plain: ThriftClient;
  redis: RespClient;
  awesome: AwesomeClient;
  stop(): Promise<void>;
}

/** Services shop, stock, cache and greeter, each of one server; `filters` of each codec's plugin, cluster `otel` on a port. */
export async function observe(otel: number, filters: (codec: Codec) => object[]): Promise<Observed> {
  const [java, python, valkey, greeter] = await Promise.all([
    startJavaServer({ name: "v1" }), startServer("python", { name: "v1", transport: "header" }), startRedis(), new AwesomeServer("a", whoami).start(),
  ]);
  const servers = (): Promise<unknown> => Promise.allSettled([java.stop("SIGKILL"), python.kill(), valkey.stop(), greeter.stop()]);
  const names = ["shop", "stock", "cache", "greeter"];
  const mesh = await startMesh([
    serviceEntry("shop.example", "tcp-dubbo-shop", [[java.port]], { interface: "org.meltemi.demo.Demo" }),
    serviceEntry("stock.example", "tcp-thrift-stock", [[python.port]]),
    serviceEntry("cache.example", "tcp-redis-cache", [[valkey.port]]),
    serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[greeter.port]]),
  ].join("\n---\n"), {
    logLevel: "warning,wasm:info",
    plugin: (configuration) => ({ ...configuration, filters: filters(configuration.codec as Codec) }),
    bootstrap: (bootstrap) => withCluster(bootstrap, "otel", otel),
  }).catch(async (error: unknown) => { await servers(); throw error; });
  const ports = Object.fromEntries([...await mesh.envoy.listeners()].map(([listener, { port }]) => [names.find((name) => listener.includes(name))!, port]));
  const [dubbo, thrift, plain, redis, awesome] = await Promise.all([
    startGoClient({ port: ports.shop! }), startClient("python", { port: ports.stock!, transport: "header" }), startClient("python", { port: ports.stock! }),
    RespClient.connect(ports.cache!), AwesomeClient.connect(ports.greeter!),
  ]);
  return {
    mesh, dubbo, thrift, plain, redis, awesome,
    stop: async () => {
      await Promise.allSettled([dubbo.stop(), thrift.stop(), plain.stop(), redis.close(), awesome.close(), mesh.envoy.stop()]);
      await servers();
    },
  };
}

function withCluster(bootstrap: Bootstrap, name: string, port: number): Bootstrap {
  const cluster = {
    name, type: "STATIC", connect_timeout: "1s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] }] },
  };
  const { static_resources } = bootstrap as { static_resources: { clusters: object[] } };
  return { ...bootstrap, static_resources: { ...static_resources, clusters: [...static_resources.clusters, cluster] } } as Bootstrap;
}
