/** What mutual TLS says of a client, as Envoy tells it, in rules of the auth filter. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const FOLDER = join(import.meta.dirname, "tls"), file = (name: string): string => join(FOLDER, name), read = (name: string): string => readFileSync(file(name), "utf8");
const sha256 = new X509Certificate(read("shop.crt")).fingerprint256.replaceAll(":", "").toLowerCase();
const DENIED = "access denied";

/** By the value of `ask`: what the rule asks for beside it. */
const RULES: Record<string, object[]> = {
  uri: [{ key: "connection.uri_san", exact: "spiffe://mesh.example/shop" }], dns: [{ key: "connection.dns_san", exact: "shop.example" }],
  subject: [{ key: "connection.subject", contains: "CN=shop" }], sha256: [{ key: "connection.sha256", exact: sha256 }],
  mtls: [{ key: "connection.mtls", exact: "true" }], sni: [{ key: "connection.sni", exact: "greeter.example" }], port: [{ key: "destination.port", range: { from: 1, to: 65536 } }],
};

let server: AwesomeServer, mesh: Mesh;

before(async () => {
  server = await new AwesomeServer("v1").start();
  const rules = Object.entries(RULES).map(([ask, matchers]) => ({ name: ask, action: "allow", match: [[{ key: "ask", exact: ask }, ...matchers]] }));
  mesh = await startMesh(serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[server.port]]), {
    plugin: (configuration) => ({ ...configuration, filters: [{ name: "auth", config: { default: "deny", rules } }] }), bootstrap: withTls,
  });
});

after(async () => {
  await mesh?.envoy.stop();
  await server?.stop();
});

/** The listener takes TLS, and certificates of clients if they have one. */
function withTls(bootstrap: Bootstrap): Bootstrap {
  const resources = bootstrap.static_resources as { listeners: { filter_chains: object[] }[] };
  const transport_socket = { name: "tls", typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    require_client_certificate: false,
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: file("server.crt") }, private_key: { filename: file("server.key") } }],
      validation_context: { trusted_ca: { filename: file("ca.crt") } },
    },
  } };
  // it is what tells the filter of the server's name
  const listener_filters = [{ name: "tls_inspector", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" } }];
  const listeners = resources.listeners.map((listener) => ({ ...listener, listener_filters, filter_chains: listener.filter_chains.map((chain) => ({ ...chain, transport_socket })) }));
  return { ...bootstrap, static_resources: { ...resources, listeners } };
}

/** What each rule says of a client with this certificate, empty: none; `claims` are headers that it adds. */
async function answers(certificate: string, servername: string, claims: Record<string, string> = {}): Promise<Record<string, boolean>> {
  const tunnel = await openTunnel(certificate, servername), client = await AwesomeClient.connect((tunnel.address() as AddressInfo).port);
  try {
    const all: Record<string, boolean> = {};
    for (const ask of Object.keys(RULES)) {
      const { status, body } = await client.call({ ask, ...claims });
      if (status !== 0) assert.equal(body.toString(), DENIED);
      all[ask] = status === 0;
    }
    return all;
  } finally {
    await client.close();
    await new Promise((resolve) => tunnel.close(resolve));
  }
}

/** A port whose connections go on as TLS. */
async function openTunnel(certificate: string, servername: string): Promise<Server> {
  const own = certificate ? { cert: read(`${certificate}.crt`), key: read(`${certificate}.key`) } : {};
  const tunnel = createServer((plain: Socket) => {
    const tls = connect({ host: "127.0.0.1", port: mesh.ports[0]!, ca: read("ca.crt"), servername, checkServerIdentity: () => undefined, ...own });
    for (const [one, other] of [[plain, tls], [tls, plain]] as const) one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => tunnel.listen(0, "127.0.0.1", resolve));
  return tunnel;
}

const all = (value: boolean): Record<string, boolean> => Object.fromEntries(Object.keys(RULES).map((ask) => [ask, value]));

test("the certificate that the rules name", async () => assert.deepEqual(await answers("shop", "greeter.example"), all(true), mesh.envoy.log()));

test("another one of the same authority", async () => {
  assert.deepEqual(await answers("stock", "greeter.example"), { ...all(false), mtls: true, sni: true, port: true });
});

test("none, and one's own word for it", async () => {
  const claims = { "connection.uri_san": "spiffe://mesh.example/shop", "connection.dns_san": "shop.example", "connection.subject": "CN=shop", "connection.sha256": sha256, "connection.mtls": "true", "connection.sni": "greeter.example" };
  assert.deepEqual(await answers("", "other.example", claims), { ...all(false), port: true });
});
