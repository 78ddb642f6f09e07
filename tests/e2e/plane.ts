/** A control plane over a folder, and Envoys that have everything from it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ControlPlane, FolderProvider, localityOf, type Provider, statsConfig, StatusServer, type TlsFiles, xdsBootstrap, Certificates, type XdsTls } from "../../control-plane/index.ts";
import type { Status } from "../../control-plane/serve/status.ts";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { type EnvoyHandle, startEnvoy } from "../../harness/envoy/envoy.ts";
import { cacheDir } from "../../harness/tools/paths.ts";
import { until } from "../../harness/tools/wait.ts";
import { shippedModulesByCodec } from "./mesh.ts";

/** Resources in a folder of their own. */
export class Folder {
  readonly path: string;

  constructor() {
    mkdirSync(cacheDir("test"), { recursive: true });
    this.path = mkdtempSync(join(cacheDir("test"), "plane-"));
  }

  /** As editors do: a new file takes the place of the old one. */
  write(text: string, name = "mesh.yaml"): void {
    writeFileSync(join(this.path, `.${name}.new`), text);
    renameSync(join(this.path, `.${name}.new`), join(this.path, name));
  }

  take(name: string): void { rmSync(join(this.path, name)); }

  remove(): void { rmSync(this.path, { recursive: true, force: true }); }
}

export interface Plane {
  plane: ControlPlane;
  port: number;
  lines: string[];
  /** Of its pages: `http://..`. */
  page: string;
  status(): Promise<Status>;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** `more`: sources beside the folder. */
export interface PlaneOptions { port?: number; tls?: TlsFiles; drainTimeoutMs?: number; more?: Provider[] }

/** `port` 0: a free one; resolves once there is something to serve, or it was refused. */
export async function startPlane(folder: Folder, { port = 0, tls, drainTimeoutMs, more = [] }: PlaneOptions = {}): Promise<Plane> {
  const [modules, descriptors] = await Promise.all([shippedModulesByCodec(), envoyApi()]), lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const certificates = tls && new Certificates(tls, log);
  const plane = new ControlPlane({ providers: [new FolderProvider([folder.path]), ...more], modules, wasmOf: (codec) => modules[codec]!.wasm, descriptors, credentials: certificates?.credentials(), drainTimeoutMs, log });
  const pages = new StatusServer(plane), taken = await plane.start(`127.0.0.1:${port}`), page = await pages.listen("127.0.0.1", 0);
  await until("the first change", 10_000, () => plane.xds.snapshot ?? plane.refused);
  const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${page}${path}`);
  return {
    plane, port: taken, lines, page: `http://127.0.0.1:${page}`,
    status: async () => await (await get("/status")).json() as Status,
    metrics: async () => (await get("/metrics")).text(),
    stop: async () => {
      await pages.stop();
      await plane.stop();
      certificates?.stop();
    },
  };
}

export interface EnvoyChoice { mode?: "delta" | "sotw"; id?: string; concurrency?: number; tls?: XdsTls; logLevel?: string; drainSeconds?: number; metadata?: Record<string, unknown>; /** region/zone/subzone. */ locality?: string }

export function startClientOf({ plane, port }: Plane, { mode = "delta", id = "envoy", metadata, locality, tls, concurrency = 1, logLevel, drainSeconds }: EnvoyChoice = {}): Promise<EnvoyHandle> {
  const bootstrap = xdsBootstrap({ node: { id, ...(metadata ? { metadata } : {}), ...(locality ? { locality: localityOf(locality) } : {}) }, address: "127.0.0.1", port, adminPort: 0, mode, stats: statsConfig(plane.ir!), tls });
  return startEnvoy({ bootstrap: bootstrap as Bootstrap, concurrency, logLevel, drainSeconds });
}
