/** A gateway's server certificate comes over SDS: what takes its file's place is shown to new clients, and clients that are there stay. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { X509Certificate } from "node:crypto";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { serviceEntry } from "./mesh.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";

const TLS = join(import.meta.dirname, "tls"), OK = 0, WAIT_MS = 20_000;
const fingerprint = (set: string): string => new X509Certificate(readFileSync(join(TLS, set, "server.crt"))).fingerprint256;

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A client whose bytes go through TLS, and the certificate that it was shown. */
async function client(port: number): Promise<{ client: AwesomeClient; shown: string }> {
  let secure: TLSSocket | undefined;
  const tunnel = createServer((plain) => {
    secure = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    for (const [one, other] of [[plain, secure], [secure, plain]] as const) one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => tunnel.listen(0, "127.0.0.1", resolve));
  const made = await AwesomeClient.connect((tunnel.address() as AddressInfo).port);
  tunnel.close();
  assert.equal((await made.call({})).status, OK);
  return { client: made, shown: secure!.getPeerCertificate().fingerprint256 };
}

test("new clients are shown the certificate that has taken the file's place; no resource, listener or connection changes for it", async () => {
  const server = await new AwesomeServer("v1").start(), folder = new Folder(), certificates = join(folder.path, ".tls"), port = await freePort();
  ends.push(() => server.stop(), () => folder.remove());
  mkdirSync(certificates);
  const place = (set: string): void => {
    for (const name of ["server.key", "server.crt"]) {
      copyFileSync(join(TLS, set, name), join(certificates, `${name}.new`));
      renameSync(join(certificates, `${name}.new`), join(certificates, name));
    }
  };
  place(".");
  const istio = (kind: string, spec: object): string => JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name: "gate", namespace: "default" }, spec });
  const tls = { mode: "SIMPLE", serverCertificate: join(certificates, "server.crt"), privateKey: join(certificates, "server.key") };
  folder.write([
    serviceEntry("greeter.example", "tcp-metaprotocol-awesomerpc", [[server.port]]),
    istio("Gateway", { servers: [{ port: { number: port, name: "tcp-metaprotocol-awesomerpc", protocol: "TCP" }, bind: "127.0.0.1", hosts: ["*"], tls }] }),
    istio("VirtualService", { hosts: ["greeter.example"], gateways: ["gate"], http: [{ route: [{ destination: { host: "greeter.example" } }] }] }),
  ].join("\n---\n"));
  const plane = await startPlane(folder);
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  await until("the gateway", WAIT_MS, async () => [...(await envoy.listeners()).keys()].some((name) => name.startsWith("gateway_")));

  const old = await client(port);
  ends.push(() => old.client.close());
  assert.equal(old.shown, fingerprint("."), envoy.log());
  place("second");
  await until("the new certificate", WAIT_MS, async () => {
    const { client: made, shown } = await client(port);
    await made.close();
    return shown === fingerprint("second");
  });
  assert.equal((await old.client.call({})).status, OK);
  assert.equal(plane.plane.changes.applied, 1);
});
