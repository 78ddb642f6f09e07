import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ControlPlane } from "./controlPlane.ts";
import { debugPage } from "./debug/page.ts";
import { metricsOf } from "./metrics.ts";
import { statusOf } from "./status.ts";

/** The pages of a control plane, for people and monitors: nothing secret is on them. */
export class StatusServer {
  private readonly server: Server;

  constructor(plane: ControlPlane) {
    const pages: Record<string, (query: URLSearchParams) => [type: string, body: string]> = {
      "/status": () => ["application/json", `${JSON.stringify(statusOf(plane), null, 2)}\n`],
      "/debug": (query) => ["text/html; charset=utf-8", debugPage(plane, query)],
      "/metrics": () => ["text/plain; version=0.0.4; charset=utf-8", metricsOf(plane)],
    };
    this.server = createServer(({ url = "/", method }, response) => {
      const [path = "/", query = ""] = url.split("?"), page = pages[path];
      const [code, [type, body]] = page === undefined ? [404, ["text/plain", `there are ${Object.keys(pages).join(", ")}\n`]] as const
        : method !== "GET" && method !== "HEAD" ? [405, ["text/plain", "GET only\n"]] as const : [200, page(new URLSearchParams(query))] as const;
      response.writeHead(code, { "content-type": type, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'", "content-length": Buffer.byteLength(body) }).end(method === "HEAD" ? undefined : body);
    });
  }

  /** Resolves to the port. */
  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject).listen(port, address, () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
