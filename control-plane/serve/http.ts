import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import type { ControlPlane } from "./controlPlane.ts";
import { debugPage } from "./debug/page.ts";
import { metricsOf } from "./metrics.ts";
import { statusOf } from "./status.ts";

/** What strangers may cost: bytes and number of headers, connections, requests of one connection, and milliseconds for a request and for each wait. */
const LIMITS = { headerBytes: 16 << 10, headers: 100, connections: 256, perConnection: 1000, requestMs: 10_000, idleMs: 30_000 };
const HEADERS = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
};

export const PAGES = ["status", "metrics", "debug"] as const;
export type Page = (typeof PAGES)[number];

export interface StatusOptions {
  /** Absent: all. */
  pages?: readonly Page[] | undefined;
  /** Names by which it may be called, beside IP addresses and localhost. */
  hosts?: readonly string[] | undefined;
  /** A file with the token that all pages but /healthz ask for; read again with each request. */
  tokenFile?: string | undefined;
}

interface Answer { code: number; type?: string; body: string; headers?: Record<string, string> }

const plain = (code: number, body: string, headers?: Record<string, string>): Answer => ({ code, type: "text/plain; charset=utf-8", body: `${body}\n`, ...(headers ? { headers } : {}) });

/** The pages of a control plane, for people and monitors: nothing secret is on them. */
export class StatusServer {
  private readonly server: Server;
  private readonly pages: ReadonlyMap<string, (query: URLSearchParams) => Answer>;

  /** Throws where the token cannot be read. */
  constructor(plane: ControlPlane, private readonly options: StatusOptions = {}) {
    if (options.tokenFile !== undefined) readToken(options.tokenFile);
    const make: Record<Page, (query: URLSearchParams) => Answer> = {
      status: () => ({ code: 200, type: "application/json", body: `${JSON.stringify(statusOf(plane), null, 2)}\n` }),
      metrics: () => ({ code: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metricsOf(plane) }),
      debug: (query) => ({ code: 200, type: "text/html; charset=utf-8", body: debugPage(plane, query) }),
    };
    this.pages = new Map([["/healthz", () => plain(200, "ok")], ...(options.pages ?? PAGES).map((page) => [`/${page}`, make[page]] as const)]);
    const { headerBytes, headers, connections, perConnection, requestMs, idleMs } = LIMITS;
    this.server = createServer({ maxHeaderSize: headerBytes, headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: 1000 }, (request, response) => this.hear(request, response));
    Object.assign(this.server, { maxHeadersCount: headers, maxConnections: connections, maxRequestsPerSocket: perConnection, timeout: idleMs });
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

  private hear(request: IncomingMessage, response: ServerResponse): void {
    let answer: Answer;
    try {
      answer = this.refusal(request) ?? this.answer(request.url ?? "/");
    } catch (error) {
      answer = plain(500, `the page cannot be generated (${(error as Error).name})`);
    }
    const { code, type, body, headers = {} } = answer;
    // what a body says nobody reads
    const close = hasBody(request) ? { connection: "close" } : {};
    response.writeHead(code, { ...HEADERS, ...(type ? { "content-type": type } : {}), ...headers, ...close, "content-length": Buffer.byteLength(body) }).end(request.method === "HEAD" ? undefined : body);
  }

  /** Why a request gets no page: it was not meant for this server, or is from nobody who may ask. */
  private refusal(request: IncomingMessage): Answer | undefined {
    const { host, origin, authorization } = request.headers, { tokenFile } = this.options;
    // a name that somebody else's DNS leads here, in a browser that takes us for theirs
    if (host === undefined || !this.isOurs(host)) return plain(421, "this host name is not allowed: use the address, or allow the name with --status-host");
    if (origin !== undefined && origin !== `http://${host}`) return plain(403, "requests from other sites are not allowed");
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "GET only", { allow: "GET, HEAD" });
    if (hasBody(request)) return plain(413, "a request has no body");
    if (tokenFile === undefined || request.url === "/healthz" || isSame(authorization ?? "", `Bearer ${readToken(tokenFile)}`)) return undefined;
    return plain(401, "a token is required: authorization: Bearer <token>", { "www-authenticate": "Bearer" });
  }

  private isOurs(host: string): boolean {
    const name = host.replace(/:\d+$/, "").toLowerCase();
    return isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0 || name === "localhost" || (this.options.hosts ?? []).some((own) => own.toLowerCase() === name);
  }

  private answer(url: string): Answer {
    const at = url.indexOf("?"), page = this.pages.get(at < 0 ? url : url.slice(0, at));
    return page?.(new URLSearchParams(at < 0 ? "" : url.slice(at + 1))) ?? plain(404, `there are ${[...this.pages.keys()].join(", ")}`);
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean => headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Throws where there is none. */
function readToken(file: string): string {
  const token = readFileSync(file, "utf8").trim();
  if (token === "") throw new Error(`${file} contains no token`);
  return token;
}

/** In a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
