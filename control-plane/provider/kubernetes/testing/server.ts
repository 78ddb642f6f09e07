/** Lists and watches as Kubernetes documents them (API concepts: "Efficient detection of changes", "Retrieving large result sets"), with failures on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { KubernetesObject } from "../client.ts";

interface Change { version: number; type: "ADDED" | "MODIFIED" | "DELETED"; path: string; object: KubernetesObject }
interface Watcher { path: string; name: string | undefined; namespace: string | undefined; response: ServerResponse }

const GONE = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410, message: "too old resource version" };

export class ApiServer {
  /** `list services`, `watch services 12`, in the order in which they came. */
  readonly asked: string[] = [];
  /** Paths of kinds that it has: `/api/v1/services`. */
  readonly installed = new Set<string>();
  readonly forbidden = new Set<string>();
  pageSize = 500;
  /** Of all connections to it. */
  token: string | undefined;
  private version = 1;
  private oldest = 0;
  private readonly objects = new Map<string, Map<string, KubernetesObject>>();
  private readonly changes: Change[] = [];
  private readonly watchers = new Set<Watcher>();
  private server: Server | undefined;
  private port = 0;

  get url(): string { return `http://127.0.0.1:${this.port}`; }

  async start(): Promise<this> {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => this.server!.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** It can be started again, on the same port and with all that it knows. */
  async stop(): Promise<void> {
    this.disconnect();
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }

  /** Puts an object there, as a client's request would. */
  put(path: string, object: Omit<KubernetesObject, "metadata"> & { metadata: { name: string; namespace?: string; [field: string]: unknown } }): void {
    this.installed.add(path);
    const kept = this.objects.get(path) ?? new Map<string, KubernetesObject>();
    this.objects.set(path, kept);
    const { name, namespace = "" } = object.metadata, identity = `${namespace}/${name}`;
    const type = kept.has(identity) ? "MODIFIED" : "ADDED";
    const stored = { ...object, apiVersion: /^\/apis?\/(.+)\//.exec(path)![1], metadata: { ...object.metadata, uid: identity, resourceVersion: String(++this.version), managedFields: [{ manager: "test" }] } } as KubernetesObject;
    kept.set(identity, stored);
    this.happened({ version: this.version, type, path, object: stored });
  }

  delete(path: string, namespace: string, name: string): void {
    const object = this.objects.get(path)!.get(`${namespace}/${name}`)!;
    this.objects.get(path)!.delete(`${namespace}/${name}`);
    this.happened({ version: ++this.version, type: "DELETED", path, object: { ...object, metadata: { ...object.metadata, resourceVersion: String(this.version) } } });
  }

  /** Tells all watchers how far they are, as the server does once a minute or so. */
  bookmark(): void {
    for (const watcher of this.watchers) write(watcher, { type: "BOOKMARK", object: { kind: "Any", metadata: { resourceVersion: String(this.version) } } });
  }

  /** Forgets all that was; who watches from there is told so. */
  compact(): void {
    this.oldest = ++this.version;
    for (const watcher of this.watchers) write(watcher, { type: "ERROR", object: GONE });
    this.disconnect();
  }

  /** Ends all watches, as it does when their time is over. */
  disconnect(): void {
    for (const { response } of this.watchers) response.end();
    this.watchers.clear();
  }

  get watching(): number { return this.watchers.size; }

  private happened(change: Change): void {
    this.changes.push(change);
    for (const watcher of this.watchers) if (isFor(watcher, change)) write(watcher, { type: change.type, object: change.object });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.url), namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1];
    const path = url.pathname.replace(/\/namespaces\/[^/]+/, ""), plural = path.slice(path.lastIndexOf("/") + 1);
    const watch = url.searchParams.get("watch") === "true", name = /^metadata\.name=(.+)$/.exec(url.searchParams.get("fieldSelector") ?? "")?.[1];
    const from = Number(url.searchParams.get("resourceVersion") ?? 0);
    this.asked.push(watch ? `watch ${plural} ${from}` : `list ${plural}${name ? ` ${namespace}/${name}` : ""}`);
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) return refuse(response, 401, "Unauthorized");
    if (this.forbidden.has(path)) return refuse(response, 403, `${plural} is forbidden: User "system:serviceaccount:default:meltemi" cannot list resource "${plural}"`);
    if (!this.installed.has(path)) return refuse(response, 404, "the server could not find the requested resource");
    if (!watch) return this.list(path, namespace, name, url.searchParams, response);
    if (from < this.oldest) return refuse(response, 410, GONE.message);
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const watcher = { path, name, namespace, response };
    for (const change of this.changes) if (change.version > from && isFor(watcher, change)) write(watcher, { type: change.type, object: change.object });
    this.watchers.add(watcher);
    response.on("close", () => this.watchers.delete(watcher));
  }

  private list(path: string, namespace: string | undefined, name: string | undefined, parameters: URLSearchParams, response: ServerResponse): void {
    const all = [...this.objects.get(path)?.values() ?? []].filter(({ metadata }) => (namespace === undefined || metadata.namespace === namespace) && (name === undefined || metadata.name === name));
    const first = Number(parameters.get("continue") ?? 0), next = first + Math.min(this.pageSize, Number(parameters.get("limit") ?? this.pageSize));
    const metadata = { resourceVersion: String(this.version), ...(next < all.length ? { continue: String(next), remainingItemCount: all.length - next } : {}) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ kind: "List", metadata, items: all.slice(first, next).map(path.startsWith("/api/") ? untyped : (item) => item) }));
  }
}

/** Items of Kubernetes' own lists do not say what they are. */
function untyped({ kind: _, apiVersion: __, ...item }: KubernetesObject): KubernetesObject { return item; }

function isFor({ path, name, namespace }: Watcher, { path: of, object: { metadata } }: Change): boolean {
  return path === of && (name === undefined || name === metadata.name) && (namespace === undefined || namespace === metadata.namespace);
}

function write({ response }: Watcher, event: object): void { response.write(`${JSON.stringify(event)}\n`); }

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, message }));
}
