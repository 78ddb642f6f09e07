/** Gateways: one port for several services of a protocol, with real Dubbo and Thrift clients and servers through the real Envoy; and TLS. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const ORDERS = "org.meltemi.shop.Orders", PEOPLE = "org.meltemi.shop.People", LOST = "org.meltemi.shop.Lost";
const NO_ROUTE = /no route matches this request/;
const UNKNOWN_METHOD = 1;

let mesh: Mesh, dubboPort: number, thriftPort: number, tlsPort: number;
const dubbo: Record<string, JavaServer> = {}, thrift: Record<string, ThriftServer> = {};
const clients: (DubboClient | ThriftClient)[] = [];
const certificate = (name: string): string => new URL(`tls/${name}`, import.meta.url).pathname;

before(async () => {
  [dubboPort, thriftPort, tlsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const dubboServers = [["v1", ORDERS], ["v2", ORDERS], ["people", PEOPLE]] as const;
  await Promise.all(dubboServers.map(async ([name, service]) => { dubbo[name] = await startJavaServer({ name, interface: service }); }));
  for (const name of ["stock", "price"]) thrift[name] = await startServer("python", { name, transport: "framed" });
  mesh = await startMesh(resources());
});

after(async () => {
  await Promise.allSettled([...clients.map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled([...Object.values(dubbo).map((server) => server.stop("SIGKILL")), ...Object.values(thrift).map((server) => server.kill())]);
});

const entry = (name: string, portName: string, key: string, ...endpoints: [number, Record<string, string>?][]): string =>
  serviceEntry(`${name}.example`, portName, endpoints, { interface: key });
const istio = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "default" }, spec });
const to = (name: string, subset?: string): object => ({ destination: { host: `${name}.example`, subset } });

function resources(): string {
  const server = (number: number, name: string, tls?: object): object => ({ port: { number, name, protocol: "TCP" }, bind: "127.0.0.1", hosts: ["*"], ...(tls ? { tls } : {}) });
  const tls = { mode: "MUTUAL", serverCertificate: certificate("server.crt"), privateKey: certificate("server.key"), caCertificates: certificate("ca.crt") };
  const subsets = ["v1", "v2"].map((version) => ({ name: version, labels: { version } }));
  return [
    istio("Gateway", "gate", { servers: [server(dubboPort, "tcp-metaprotocol-dubbo"), server(thriftPort, "tcp-metaprotocol-thrift"), server(tlsPort, "tcp-metaprotocol-thrift-tls", tls)] }),
    entry("orders", "tcp-dubbo", ORDERS, [dubbo.v1!.port, { version: "v1" }], [dubbo.v2!.port, { version: "v2" }]),
    entry("people", "tcp-dubbo", PEOPLE, [dubbo.people!.port]),
    entry("stock", "tcp-thrift", "Stock", [thrift.stock!.port]),
    entry("price", "tcp-thrift", "Demo", [thrift.price!.port]),
    istio("DestinationRule", "orders", { host: "orders.example", subsets }),
    istio("VirtualService", "orders", { hosts: ["orders.example"], gateways: ["gate"], http: [
      { match: [{ headers: { user: { exact: "test" } } }], route: [to("orders", "v2")], headers: { request: { set: { tracing: "100" } } } },
      { route: [to("orders", "v1")] },
    ] }),
    istio("VirtualService", "people", { hosts: ["people.example"], gateways: ["gate"], http: [{ match: [{ headers: { method: { exact: "whoami" } } }], route: [to("people")] }] }),
    istio("VirtualService", "stock", { hosts: ["stock.example"], gateways: ["gate"], http: [
      { match: [{ headers: { "connection.sni": { exact: "price.example" } } }], route: [to("price")] }, { route: [to("stock")] },
    ] }),
    istio("VirtualService", "price", { hosts: ["price.example"], gateways: ["gate"], http: [{ route: [to("price")] }] }),
  ].join("\n---\n");
}

async function kept<T extends DubboClient | ThriftClient>(client: Promise<T>): Promise<T> {
  clients.push(await client);
  return client;
}

for (const [language, start] of [["java", startJavaClient], ["go", startGoClient]] as const) {
  test(`dubbo ${language}: each interface has its own rules behind one port`, async () => {
    const orders = await kept(start({ port: dubboPort, interface: ORDERS })), people = await kept(start({ port: dubboPort, interface: PEOPLE }));
    assert.equal((await orders.call({ method: "whoami" })).value, "v1", mesh.envoy.log());
    assert.equal((await orders.call({ method: "whoami", attachments: { user: "test" } })).value, "v2");
    const seen = await orders.call({ method: "attachments", attachments: { user: "test" } });
    assert.equal((JSON.parse(String(seen.value)) as Record<string, string>).tracing, "100");
    assert.equal((await people.call({ method: "whoami", attachments: { user: "test" } })).value, "people");
    // the rules of one interface are not the other's
    const hello = await people.call({ method: "hello", args: ["x"] });
    assert.match(String(hello.error), NO_ROUTE);
  });

  test(`dubbo ${language}: an interface that no service has is answered with RouteNotFound, and the connection lives on`, async () => {
    const lost = await kept(start({ port: dubboPort, interface: LOST }));
    for (let i = 0; i < 2; i++) assert.match(String((await lost.call({ method: "whoami" })).error), NO_ROUTE);
  });
}

for (const library of ["python", "go", "node"] as const) {
  test(`thrift ${library}: each multiplexed service has its own server behind one port`, async () => {
    const [stock, price, lost, plain] = await Promise.all(["Stock", "Demo", "Lost", undefined].map((service) => kept(startClient(library, { port: thriftPort, service }))));
    assert.equal((await stock!.call({ method: "whoami" })).value, "stock/Stock", mesh.envoy.log());
    assert.equal((await price!.call({ method: "whoami" })).value, "price");
    for (const none of [lost!, plain!]) {
      const answer = await none.call({ method: "whoami" });
      assert.deepEqual([answer.ok, answer.type], [false, UNKNOWN_METHOD], JSON.stringify(answer));
    }
  });
}

/** A framed call of Stock:whoami with sequence id 7, as TFramedTransport, TBinaryProtocol and TMultiplexedProtocol write it. */
const CALL = Buffer.concat([Buffer.from([0, 0, 0, 25, 0x80, 1, 0, 1, 0, 0, 0, 12]), Buffer.from("Stock:whoami"), Buffer.from([0, 0, 0, 7, 0])]);

test("a port with TLS: who shows a certificate is served, also by the name it asks for; who shows none is not", async () => {
  const file = (name: string): Buffer => readFileSync(certificate(name));
  const shop = { cert: file("shop.crt"), key: file("shop.key"), ca: file("ca.crt") };
  assert.match(await exchange(shop), /whoami[^]*stock/);
  assert.match(await exchange({ ...shop, servername: "price.example" }), /whoami[^]*price/);
  await assert.rejects(exchange({ ca: file("ca.crt") }), /certificate required|ECONNRESET|closed/);
});

/** The first bytes of the answer. */
function exchange(options: { ca: Buffer; cert?: Buffer; key?: Buffer; servername?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: tlsPort, host: "127.0.0.1", ...options, checkServerIdentity: () => undefined }, () => socket.write(CALL));
    socket.on("data", (data) => { resolve(data.toString("latin1")); socket.destroy(); });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
}
