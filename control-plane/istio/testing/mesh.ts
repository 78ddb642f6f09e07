import type { ManifestOptions } from "../common.ts";

const istio = (kind: string, name: string, spec: object): object => ({ apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "shop" }, spec });

const service = (name: string, clusterIP: string, port: number, portName: string, annotations: Record<string, string> = {}): object =>
  ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop", annotations: { "meltemi.io/bind": "false", ...annotations } }, spec: { clusterIP, selector: { app: name }, ports: [{ name: portName, port }] } });

const pod = (app: string, version: string, podIP: string): object =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: `${app}-${version}`, namespace: "shop", labels: { app, version } }, status: { podIP, phase: "Running" } });

/** A service with lanes and two versions, one inline with a route, a gateway, and a rule that Kubernetes does not keep. */
export const MESH: object[] = [
  service("demo", "10.96.0.10", 20880, "tcp-dubbo", { interface: "org.example.Demo" }),
  service("people", "10.96.0.11", 9091, "tcp-thrift", { "meltemi.io/upstream": "inline" }),
  service("stock", "None", 9090, "tcp-thrift"),
  pod("demo", "v1", "10.0.0.1"), pod("demo", "v2", "10.0.0.2"), pod("people", "v1", "10.0.0.3"), pod("stock", "v1", "10.0.0.4"),
  istio("DestinationRule", "demo", { host: "demo", subsets: ["v1", "v2"].map((version) => ({ name: version, labels: { version } })) }),
  istio("VirtualService", "demo", { hosts: ["demo"], http: [
    { match: [{ headers: { user: { exact: "test" } } }], route: [{ destination: { host: "demo", subset: "v2" } }] }, { route: [{ destination: { host: "demo", subset: "v1" } }] },
  ] }),
  { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "people", namespace: "shop" }, spec: { hosts: ["people"], routes: [{ route: [{ destination: { host: "people" } }] }] } },
  istio("Gateway", "gate", { selector: { istio: "ingressgateway" }, servers: [{ port: { number: 9090, name: "tcp-thrift", protocol: "TCP" }, hosts: ["*"] }] }),
  istio("VirtualService", "stock", { hosts: ["stock"], gateways: ["gate"], http: [{ route: [{ destination: { host: "stock" } }] }] }),
];

export const OPTIONS: ManifestOptions = {
  rootNamespace: "istio-system", namespace: "meltemi-system", module: "/var/lib/meltemi/plugin.wasm", drainTimeoutMs: 10_000,
  image: "registry.example.com/meltemi/control-plane:0.1.0", url: "oci://registry.example.com/meltemi:0.1.0", httpFilters: { "http-fault": "oci://registry.example.com/http-fault:0.1.0" },
};
