import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import { fieldsOf, itemsOf } from "../foreign.ts";

/** A resource as the API server writes it. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; resourceVersion?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export type WatchEvent = { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; object: KubernetesObject } | { type: "ERROR"; object: { code?: number; message?: string } };

/** The server has refused a question: `status` is HTTP's, as in Kubernetes' Status. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) { super(message); }
}

const PAGE = 500;
/** An object has 1.5 MiB at most, and few have as much. */
const MAX_PAGE = 256 << 20;
/** The server ends a watch after this time; one that it does not end is dead. */
const WATCH_SECONDS = 290;
const LIST_MS = 60_000, GRACE_MS = 15_000;

/** Lists and watches, with the client library's way to know the server, to prove who we are, and to follow a stream. */
export class Client {
  constructor(private readonly config: KubeConfig) {}

  get server(): string { return this.config.getCurrentCluster()?.server ?? "(none)"; }

  /** All items of a path, page by page, and the version that a watch goes on from. Throws Refused. */
  async list(path: string, parameters: Record<string, string>, signal: AbortSignal): Promise<{ items: KubernetesObject[]; version: string }> {
    const items: KubernetesObject[] = [];
    for (let next: string | undefined = ""; ;) {
      const query = new URLSearchParams({ ...parameters, limit: String(PAGE), ...(next ? { continue: next } : {}) });
      const page = fieldsOf(await this.get(`${path}?${query.toString()}`, signal)), { resourceVersion, continue: more } = fieldsOf(page.metadata);
      for (const item of itemsOf(page.items)) items.push(item as KubernetesObject);
      next = typeof more === "string" ? more : "";
      if (!next) return { items, version: typeof resourceVersion === "string" ? resourceVersion : "" };
    }
  }

  /** Tells each event since a version; resolves when the server has ended the stream. Throws Refused, or what the connection died of. */
  watch(path: string, parameters: Record<string, string>, version: string, tell: (event: WatchEvent) => void, signal: AbortSignal): Promise<void> {
    const query = { ...parameters, resourceVersion: version, allowWatchBookmarks: "true", timeoutSeconds: String(WATCH_SECONDS) };
    return new Promise<void>((resolve, reject) => {
      let stream: AbortController | undefined;
      const end = (): void => done();
      const timer = setTimeout(() => done(new Error("the watch has not ended within its timeout")), WATCH_SECONDS * 1000 + GRACE_MS);
      const done = (error?: unknown): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        stream?.abort();
        if (signal.aborted || !error) return resolve();
        const status = (error as { statusCode?: number }).statusCode;
        reject(status === undefined ? error as Error : new Refused(status, (error as Error).message));
      };
      const told = (_: string, __: unknown, event: WatchEvent): void => { if (!signal.aborted) tell(event); };
      new Watch(this.config).watch(path, query, told, done).then((controller) => {
        stream = controller;
        if (signal.aborted) controller.abort();
      }, done);
      signal.addEventListener("abort", end, { once: true });
    });
  }

  private async get(path: string, signal: AbortSignal): Promise<unknown> {
    const url = new URL(this.server + path);
    const options = { method: "GET", signal, timeout: LIST_MS, headers: { accept: "application/json" } as Record<string, string> };
    await this.config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? secure : plain)(url, options, (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_PAGE) request.destroy(new Error(`a page of more than ${MAX_PAGE >> 20} MiB`));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if (response.statusCode !== 200) return reject(new Refused(response.statusCode ?? 0, reason(text) ?? response.statusMessage ?? ""));
          try {
            resolve(JSON.parse(text));
          } catch {
            reject(new Error("the server's answer is not JSON"));
          }
        });
      });
      request.on("timeout", () => request.destroy(new Error(`no answer in ${LIST_MS / 1000} s`)));
      request.on("error", reject);
      request.end();
    });
  }
}

/** The message of a Kubernetes Status. */
function reason(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
