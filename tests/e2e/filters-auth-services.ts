/** The services that the filters ask: an issuer of keys, and one that decides. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import type { Signer } from "../filters/tokens.ts";

abstract class Service {
  port = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const { status, headers, body } = this.answer(request.url ?? "", request.headers);
      // no answer at all
      if (status > 0) response.writeHead(status, headers).end(body);
    });
    // one that closes idle connections closes them under requests that Envoy has just sent
    this.server.keepAliveTimeout = 0;
  }

  abstract answer(path: string, headers: IncomingHttpHeaders): { status: number; headers?: Record<string, string>; body?: string };

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Gives the keys of its signers at /jwks.json. */
export class Issuer extends Service {
  asked = 0;
  isDown = false;
  constructor(public signers: Signer[]) { super(); }

  answer(path: string): ReturnType<Service["answer"]> {
    this.asked++;
    if (this.isDown || path !== "/jwks.json") return { status: 503 };
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ keys: this.signers.map(({ jwk }) => jwk) }) };
  }
}

/** Decides by `x-user`: `root` is refused, `broken` gets 500, `slow` no answer; all others get a role. */
export class Judge extends Service {
  readonly asked: IncomingHttpHeaders[] = [];

  answer(path: string, headers: IncomingHttpHeaders): ReturnType<Service["answer"]> {
    this.asked.push(headers);
    const user = String(headers["x-user"] ?? "");
    if (path !== "/check" || user === "root") return { status: 403 };
    if (user === "slow") return { status: 0 };
    return user === "broken" ? { status: 500 } : { status: 200, headers: { "x-role": `role of ${user}` } };
  }
}

/** Adds clusters on this machine to a bootstrap, by name and port. */
export function withClusters(bootstrap: Bootstrap, ports: Record<string, number>): Bootstrap {
  const resources = bootstrap.static_resources as { clusters: object[] };
  const clusters = Object.entries(ports).map(([name, port_value]) => ({
    name, connect_timeout: "1s", load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value } } } }] }] },
  }));
  return { ...bootstrap, static_resources: { ...resources, clusters: [...resources.clusters, ...clusters] } };
}
