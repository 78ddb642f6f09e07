/** What one client says of itself changes nothing for another, and costs no more than is allowed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { PeerCertificate } from "node:tls";
import { afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { credentials as grpc, ServerCredentials, status } from "@grpc/grpc-js";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { until } from "../../harness/tools/wait.ts";
import { compile } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { envoyResources, type EnvoyResources } from "../translate/envoy/dynamic.ts";
import { EnvoyApi } from "./api.ts";
import { readNodeRule } from "./node-id.ts";
import { XdsServer, type XdsOptions } from "./server.ts";
import { type ClientOptions, DeltaClient, SotwClient } from "./testing/client.ts";

let api: EnvoyApi;
before(async () => { api = new EnvoyApi(await envoyApi()); });
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const LISTENER = "127.0.0.1_7001";

/** One service; `connect`: something of its cluster, `method`: something of its table. */
function mesh({ connect = "1s", method = "m" } = {}): EnvoyResources {
  const host = "a.example", documents = [
    { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: host }, spec: { hosts: [host], resolution: "STATIC", addresses: ["127.0.0.1"], ports: [{ number: 7001, name: "tcp-dubbo" }], endpoints: [{ address: "10.0.0.1" }] } },
    { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: host }, spec: { host, trafficPolicy: { connectionPool: { tcp: { connectTimeout: connect } } } } },
    { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: host }, spec: { hosts: [host], routes: [{ name: "r", match: { attributes: { method: { exact: method } } }, route: [{ destination: { host } }] }] } },
  ];
  const compiled = compile(documents.map((each, i) => ({ file: `${i}`, text: JSON.stringify(each) })), MODULES);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return envoyResources(compiled.ir, { wasmOf: () => "meltemi.wasm", drainTimeoutMs: 10_000 });
}

async function serve(options: Partial<XdsOptions> = {}): Promise<{ server: XdsServer; port: number; client: (options?: ClientOptions) => SotwClient }> {
  const server = new XdsServer({ api, graceMs: 50, ...options });
  server.update(mesh());
  const port = await server.listen("127.0.0.1:0");
  ends.push(() => server.stop());
  return { server, port, client: (more = {}) => {
    const client = new SotwClient(api, port, { id: "edge-1", ...more });
    ends.push(() => client.close());
    return client;
  } };
}

/** As Envoy does it: clusters, then listeners. */
async function envoy(client: SotwClient): Promise<SotwClient> {
  for (const type of ["clusters", "listeners"] as const) {
    client.ask(type);
    client.ack(await client.next());
  }
  return client;
}
async function filter(client: SotwClient): Promise<SotwClient> {
  client.ask("tables", [LISTENER]);
  client.ack(await client.next());
  return client;
}

test("another stream with an Envoy's id changes nothing of what that Envoy is sent", async () => {
  const { server, client } = await serve(), victim = await envoy(client()), worker = await filter(client());
  const impostor = client({ metadata: { services: ["nothing.example"] } });
  impostor.ask("clusters");
  assert.equal((await impostor.next()).resources.size, 0, "what it asks for holds for itself");
  const late = await filter(client());
  assert.deepEqual([victim.heard, worker.heard], [[], []]);
  server.update(mesh({ connect: "2s", method: "other" }));
  const [clusters] = [await victim.next()];
  assert.deepEqual([clusters.type, clusters.resources.size], ["clusters", 1]);
  victim.ack(clusters);
  for (const each of [worker, late]) assert.match(Buffer.from((await each.next()).resources.get(LISTENER) as Uint8Array).toString(), /other/);
});

test("what another stream with an Envoy's id refuses stops nothing of that Envoy's", async () => {
  const { server, client } = await serve(), victim = await envoy(client()), worker = await filter(client()), impostor = await envoy(client());
  server.update(mesh({ connect: "2s", method: "other" }));
  impostor.nack(await impostor.next(), "no");
  victim.ack(await victim.next());
  const tables = await worker.next();
  assert.equal(tables.type, "tables");
  worker.ack(tables);
  // nor does a filter's word count for clusters
  const liar = await filter(client());
  liar.ask("clusters");
  liar.ack(await liar.next());
  impostor.close();
  await until("it has gone", 5000, () => server.nodes.size === 1);
  server.update(mesh({ connect: "3s", method: "another" }));
  liar.nack(await liar.next(), "no");
  victim.ack(await victim.next());
  assert.equal((await worker.next()).type, "tables");
});

test("a filter that comes before its Envoy is that Envoy's once it has come", async () => {
  const { server, client } = await serve(), worker = await filter(client());
  const victim = await envoy(client());
  assert.deepEqual([...server.nodes.values()].map(({ streams }) => streams.size), [2]);
  server.update(mesh({ connect: "2s", method: "other" }));
  const clusters = await victim.next();
  assert.deepEqual(worker.heard, [], "not before the Envoy has taken what it names");
  victim.nack(clusters, "no");
  await until("the refusal", 5000, () => server.traffic.clusters.refused === 1);
  victim.close();
  assert.equal((await worker.next()).type, "tables", "without an Envoy it waits for none");
});

const endsWith = async (client: SotwClient | DeltaClient, code: status, details: RegExp): Promise<void> => {
  await assert.rejects(client.next(), (error: { code: number; details: string }) => {
    assert.deepEqual([error.code, details.test(error.details) || error.details], [code, true]);
    return true;
  });
};

test("what is too much ends the stream that says it, with a reason, and no other", async () => {
  const { server, client } = await serve(), victim = await envoy(client()), ended: string[] = [];
  server.onEnd = (_, { message }) => ended.push(message);
  const names = (count: number, length: number): string[] => Array.from({ length: count }, (_, i) => `${i}`.padEnd(length, "x"));
  const CASES: [options: ClientOptions, names: string[], details: RegExp][] = [
    [{}, names(100_001, 8), /100001 names of tables, 100000 are allowed/],
    [{}, names(10_000, 1000), /10000000 characters together/],
    [{}, names(1, 1025), /a name of 1025 characters, 1024 are allowed/],
    [{}, names(20_000, 1000), /larger than max/],
    [{}, names(5000, 20).map((name) => `${LISTENER}?${name}`), /5000 services on demand, 4096 are allowed/],
    [{}, [`${LISTENER}?${"x".repeat(2000)}`], /name of a service with 2015 characters/],
    [{ id: "x".repeat(513) }, [], /id of 513 characters/],
    [{ metadata: { services: names(4097, 9) } }, [], /"services": 4096 names/],
    [{ metadata: { services: ["x".repeat(256)] } }, [], /"services"/],
  ];
  for (const [options, wanted, details] of CASES) {
    const stranger = client(options);
    stranger.ask("tables", wanted);
    await endsWith(stranger, status.RESOURCE_EXHAUSTED, details);
  }
  assert.equal(ended.length, CASES.length - 1, "a message that is too long is refused by the transport");
  assert.deepEqual([server.nodes.size, [...server.nodes.values()][0]!.streams.size, victim.error], [1, 1, undefined]);
});

test("what a stream says little by little counts together", async () => {
  const { port } = await serve(), stranger = new DeltaClient(api, port);
  ends.push(() => stranger.close());
  for (let i = 0; i < 9; i++) stranger.ask("clusters", Array.from({ length: 12_000 }, (_, k) => `n${i}-${k}`));
  for (let heard = 0; heard < 9 && !stranger.error; heard++) await stranger.next().catch(() => undefined);
  await endsWith(stranger, status.RESOURCE_EXHAUSTED, /10\d+ names of clusters, 100000 are allowed/);
});

test("more streams than are allowed are ended with a reason, and one that has gone makes room", async () => {
  const { server, client } = await serve({ maxStreams: 3 }), victim = await envoy(client()), worker = await filter(client());
  const silent = client();
  await until("the silent one counts", 5000, () => server.open === 3);
  const stranger = client();
  stranger.ask("clusters");
  await endsWith(stranger, status.RESOURCE_EXHAUSTED, /^3 streams are open$/);
  assert.deepEqual([victim.error, worker.error, silent.error, server.ended, server.open], [undefined, undefined, undefined, 1, 3]);
  silent.close();
  await until("it has gone", 5000, () => server.open === 2);
  await filter(client());
});

test("a stream that does not say who it is is ended with a reason, and no other", async () => {
  const { server, client } = await serve({ helloMs: 200 }), victim = await envoy(client()), silent = client();
  await endsWith(silent, status.DEADLINE_EXCEEDED, /^no request in 0\.2 s$/);
  assert.deepEqual([victim.error, server.open], [undefined, 1]);
  victim.ask("endpoints", ["x"]);
  server.update(mesh({ connect: "2s" }));
  assert.equal((await victim.next()).type, "clusters", "whoever has said it stays");
});

const istio = (uri: string): PeerCertificate => ({ subject: {}, subjectaltname: `URI:${uri}` }) as never;

test("which certificates are a node's", () => {
  const mesh = readNodeRule("uri:spiffe://*/ns/{ns}/sa/*=>*~*~*.{ns}~*"), own = istio("spiffe://cluster.local/ns/shop/sa/web");
  assert.equal(mesh(own, "sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local"), true);
  for (const id of ["sidecar~10.0.0.1~web-1.bank~bank.svc.cluster.local", "sidecar~10.0.0.1~web-1.shop", "", "sidecar~10.0.0.1~x.bank~x.shop~y", "sidecar~1~web.bank.shopx~y"]) assert.equal(mesh(own, id), false, id);
  for (const uri of ["spiffe://cluster.local/ns/shop/bank/sa/web", "http://cluster.local/ns/shop/sa/web", ""]) assert.equal(mesh(istio(uri), "sidecar~1~web.shop~y"), false, uri);
  assert.equal(mesh(istio("spiffe://c/ns/.*/sa/x"), "sidecar~1~web.shop~y"), false, "what a certificate says is no pattern");
  const cn = readNodeRule("cn"), named = { subject: { CN: "edge-1" } } as PeerCertificate;
  assert.deepEqual([cn(named, "edge-1"), cn(named, "edge-2"), cn({ subject: {} } as PeerCertificate, "")], [true, false, false]);
  const dns = readNodeRule("dns:{host}.edges.example=>{host}"), several = { subject: {}, subjectaltname: 'DNS:one.edges.example, DNS:"two, DNS:three.edges.example", IP Address:1.2.3.4' } as PeerCertificate;
  assert.deepEqual(["one", "three", "two, DNS:three", "1.2.3.4"].map((id) => dns(several, id)), [true, false, true, false], "a name with a comma is one name");
});

test("what is no such rule is refused with what is wrong", () => {
  const CASES: [string, RegExp][] = [
    ["", /allowed: cn, dns, uri:/], ["constructor", /allowed: cn/], ["uri:x=>y", /"x" has no \{name\}/], ["uri:{a}=>x", /\{a\} is not in "x"/], ["uri:{a}=>{a}{b}", /\{b\} is not in "\{a\}"/], ["uri:{a}{a}", /has a name twice/],
  ];
  for (const [rule, message] of CASES) assert.throws(() => readNodeRule(rule), message, rule);
});

test("with certificates, an id that is not the certificate's is refused, and the same id of another certificate is another node", async () => {
  const folder = fileURLToPath(new URL("../../tests/e2e/tls/", import.meta.url)), file = (name: string): Buffer => readFileSync(folder + name);
  const credentials = ServerCredentials.createSsl(file("ca.crt"), [{ cert_chain: file("server.crt"), private_key: file("server.key") }], true);
  const { server, client } = await serve({ credentials, nodeRule: readNodeRule("cn") });
  const shown = (name: string, id: string): SotwClient => client({ id, credentials: grpc.createSsl(file("ca.crt"), file(`${name}.key`), file(`${name}.crt`), { checkServerIdentity: () => undefined }) });
  const own = shown("shop", "shop"), other = shown("shop", "edge-1");
  own.ask("clusters");
  assert.equal((await own.next()).resources.size, 1);
  other.ask("clusters");
  await endsWith(other, status.PERMISSION_DENIED, /^the certificate is not one of node "edge-1"$/);
  assert.deepEqual([server.nodes.size, server.ended], [1, 1]);
});
