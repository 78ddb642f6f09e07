/** Mutual TLS from Envoy to servers, as a DestinationRule says, with certificates that are replaced while requests go on. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

const TLS = join(import.meta.dirname, "tls"), read = (set: string, name: string): Buffer => readFileSync(join(TLS, set, name));
const OK = 0;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const identity = (set: string) => ({ cert: read(set, "server.crt"), key: read(set, "server.key"), ca: read(set, "ca.crt") });

/** Takes TLS from clients with a certificate of the authority, and hands on what it hears. */
async function guard(port: number, clients: string[]): Promise<Server> {
  const server = createServer({ ...identity("."), requestCert: true, rejectUnauthorized: true }, (client: TLSSocket) => {
    clients.push(`${String(client.getPeerCertificate().subject.CN)} ${String(client.servername)}`);
    const plain = connect(port, "127.0.0.1");
    for (const [one, other] of [[client, plain], [plain, client]] as const) one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return server;
}

test("mutual TLS to servers; a certificate that nobody has signed is not taken; renewed ones are used without a change of resources", async () => {
  const clients: string[] = [], server = await new AwesomeServer("v1").start(), guarded = await guard(server.port, clients), folder = new Folder(), certificates = join(folder.path, ".tls");
  ends.push(() => server.stop(), () => folder.remove());
  mkdirSync(certificates);
  const place = (set: string): void => {
    for (const name of ["ca.crt", "shop.crt", "shop.key"]) {
      copyFileSync(join(TLS, set, name), join(certificates, `${name}.new`));
      renameSync(join(certificates, `${name}.new`), join(certificates, name));
    }
  };
  place(".");
  const tls = { mode: "MUTUAL", clientCertificate: join(certificates, "shop.crt"), privateKey: join(certificates, "shop.key"), caCertificates: join(certificates, "ca.crt"), sni: "greeter.example" };
  const mesh = (settings: object): string => [
    serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[(guarded.address() as AddressInfo).port]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "tls" }, spec: { host: "greeter.example", trafficPolicy: { tls: settings } } }),
  ].join("\n---\n");
  folder.write(mesh(tls));
  const plane = await startPlane(folder);
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  const { port } = [...(await envoy.listeners()).values()][0]!;
  /** A connection of its own for each: its lane is one as well. */
  const call = async (): Promise<number> => {
    const client = await AwesomeClient.connect(port);
    try {
      return (await client.call({})).status;
    } finally {
      await client.close();
    }
  };
  assert.equal(await call(), OK, envoy.log());
  assert.deepEqual([...new Set(clients)], ["shop greeter.example"]);

  guarded.setSecureContext(identity("second"));
  await until("its new certificate is not taken", 10_000, async () => await call() !== OK);
  place("second");
  await until("the renewed certificates are used", 20_000, async () => await call() === OK);
  assert.equal(plane.plane.changes.applied, 1, "no resource has changed");

  folder.write(mesh({ ...tls, subjectAltNames: ["other.example"] }));
  await until("a name that the server does not have", 10_000, async () => await call() !== OK);
  folder.write(mesh({ mode: "SIMPLE", insecureSkipVerify: true }));
  await until("the server does not take one without a certificate", 10_000, () => plane.plane.changes.applied === 3);
  assert.notEqual(await call(), OK);
  folder.write(mesh(tls));
  await until("as at first", 10_000, async () => await call() === OK);
});
