import { readResources } from "../api/resources.ts";
import { order, Problems, sortProblems, type Problem } from "../api/problem.ts";
import type { Source } from "../api/sourceFile.ts";
import { isIdl } from "../idl/files.ts";
import type { Cluster, Ir } from "../ir/ir.ts";
import { Vault } from "./credentials.ts";
import { Destinations } from "./destinations.ts";
import { envoyBootstrap } from "./envoy/bootstrap.ts";
import { checkDubboAuthorizations } from "./filters.ts";
import { buildGateways } from "./gateways.ts";
import type { Hosts } from "./hosts.ts";
import { buildListeners } from "./listeners.ts";
import { checkTargets } from "./policies.ts";
import { localized } from "./locality.ts";
import { Protocols } from "./protocol.ts";
import { claimRoutes } from "./routes.ts";
import { manageServices, type ManagedService } from "./services.ts";
import { giveWay } from "./registered.ts";
import { ServiceClusters } from "./serviceClusters.ts";
import type { Traits } from "./traits.ts";

export interface TranslateOptions {
  /** Module of every codec that has none of its own in `modules`. */
  wasm: string;
  /** By codec name. */
  modules: Record<string, { wasm?: string; traits: Traits }>;
  /** Envoy's admin port on 127.0.0.1; 0, the default: the system chooses. */
  adminPort?: number;
  /** How long requests in flight have when a listener goes, in milliseconds; below a third of Envoy's --drain-time-s. */
  drainTimeoutMs?: number;
  /** Where the Envoy is, `region/zone/subzone`: near endpoints come first. */
  locality?: string;
  /** False: the bootstrap is for people, and says `(hidden)` where a secret stands. */
  secrets?: boolean;
}

export type Translation = { ok: true; ir: Ir; bootstrap: object; warnings: Problem[] } | Refused;
export type Compiled = { ok: true; ir: Ir; warnings: Problem[] } | Refused;
export interface Refused { ok: false; problems: Problem[] }

/**
 * Envoy sends GOAWAY on each connection of a removed listener at a random moment between two thirds of
 * --drain-time-s and drain_timeout before its end, and resets its lanes drain_timeout after that (seen with 1.40.0).
 * Until then the filter looks for a moment to end the connection at; every request that it takes has four of these ten
 * seconds at least. More would cost all of them: with drain_timeout above a third of the drain time (600 s, in Istio
 * 45 s) there is no GOAWAY, and connections are cut off in the middle of their requests.
 */
export const DRAIN_TIMEOUT_MS = 10_000;

/** From resources to a complete Envoy bootstrap: pure, the same for any order of files and documents. */
export function translate(sources: readonly Source[], options: TranslateOptions): Translation {
  const read = compile(sources, options.modules);
  if (!read.ok) return read;
  const { warnings } = read, ir = localized(read.ir, options.locality);
  const bootstrap = envoyBootstrap(ir, {
    wasmOf: (codec) => options.modules[codec]?.wasm ?? options.wasm,
    adminPort: options.adminPort ?? 0,
    drainTimeoutMs: options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS,
    secrets: options.secrets ?? true,
    locality: options.locality,
  });
  return { ok: true, ir, bootstrap, warnings };
}

/**
 * From resources to the intermediate form, from which Envoy's configuration is made: as a whole (`translate`), or one by one (`envoyResources`).
 * `open`: services come and go by themselves. A rule for one that is not there waits; what leads to one is answered with ClusterNotFound.
 */
export function compile(sources: readonly Source[], modules: TranslateOptions["modules"], open = false): Compiled {
  const problems = new Problems(open);
  const ir = intermediate(sources, modules, problems);
  if (problems.errors.length > 0) return { ok: false, problems: sortProblems(problems.errors) };
  return { ok: true, ir, warnings: sortProblems(problems.warnings) };
}

function intermediate(sources: readonly Source[], modules: TranslateOptions["modules"], problems: Problems): Ir {
  const { resources, complete } = readResources(sources.filter(({ file }) => !isIdl(file)), problems);
  giveWay(resources, problems);
  // What cannot be read leaves holes: names that seem unknown would be mistakes of nobody.
  if (!complete) return { listeners: [], clusters: [], services: [] };
  const protocols = new Protocols(modules, resources.applicationProtocols, problems, new Map(sources.flatMap(({ file, text }) => (isIdl(file) ? [[file, text] as const] : []))));
  const hosts = manageServices(resources, protocols, problems);
  const services = distinct(resources.services.flatMap((s) => s.hosts.map((h) => h.value)), hosts);
  const vault = new Vault(resources.secrets, problems);
  const destinations = new Destinations(resources, hosts, vault, problems);
  const clusters = services.flatMap((s) => destinations.clusters(s)).sort((a, b) => order(a.name, b.name));
  const byName = new Map<string, Cluster>(clusters.map((c) => [c.name, c]));
  const claims = claimRoutes([...resources.routes, ...resources.redisServices], hosts, problems);
  checkTargets(resources.policies, hosts, problems);
  checkDubboAuthorizations(resources.dubboAuthorizations, hosts.all, problems);
  const servers = new ServiceClusters(hosts, problems);
  const world = { hosts, destinations, clusters: byName, protocols, vault, servers, policies: resources.policies, dubboAuthorizations: resources.dubboAuthorizations, problems };
  const listeners = [...buildListeners(services, claims, world), ...buildGateways(resources.gateways, resources.routes, world)];
  return { listeners, clusters, services: servers.all };
}

function distinct(names: string[], hosts: Hosts<ManagedService>): ManagedService[] {
  return [...new Set(names.map((name) => hosts.find(name, "default")).filter((s) => s !== undefined))];
}
