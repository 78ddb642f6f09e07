import { formatProblem } from "../api/problem.ts";
import type { Stream } from "../xds/stream.ts";
import { TYPES } from "../xds/types.ts";
import { MOST_SHOWN, type ControlPlane, type ProviderState } from "./controlPlane.ts";
import { outEndpoints } from "./health.ts";

/** What `/status` shows. Times are ISO 8601. */
export interface Status {
  /** In force; absent: nothing was taken yet. */
  version?: string;
  changed?: string;
  listeners: number;
  clusters: number;
  endpoints: number;
  /** Endpoints that Envoys leave alone: they refuse connections, or fail too often. */
  out: { cluster: string; endpoint: string; by: { node: string; since: string }[] }[];
  warnings: string[];
  /** The last change, if it was not taken. */
  refused?: { at: string; problems: string[] };
  providers: ProviderState[];
  envoys: EnvoyStatus[];
}

export interface EnvoyStatus {
  node: string;
  cluster: string;
  /** Addresses that its streams come from. */
  from: string[];
  hosts?: string[];
  streams: StreamStatus[];
}

/** One stream: of the Envoy itself, or of a filter, which has tables alone. */
export interface StreamStatus {
  mode: "sotw" | "delta";
  since: string;
  types: Partial<Record<string, TypeStatus>>;
}

/** `accepted` is the version that the client has taken last, `sent` the one it was sent last. */
export interface TypeStatus { resources: number; sent: string; accepted: string; names?: string[]; refused?: { at: string; reason: string; resources: string[] } }

export function statusOf(plane: ControlPlane): Status {
  const { ir, warnings, refused, providers, changes, xds } = plane;
  return {
    ...(xds.snapshot ? { version: xds.snapshot.version, changed: iso(changes.lastAt) } : {}),
    listeners: ir?.listeners.length ?? 0,
    clusters: ir?.clusters.length ?? 0,
    endpoints: ir?.clusters.reduce((sum, { endpoints }) => sum + endpoints.length, 0) ?? 0,
    out: outEndpoints(plane).map(({ cluster, endpoint, out }) => ({ cluster, endpoint, by: out.map(({ node, since }) => ({ node, since: iso(since) })) })),
    warnings: warnings.slice(0, MOST_SHOWN).map(formatProblem),
    ...(refused ? { refused: { at: iso(refused.at), problems: [...refused.problems.slice(0, MOST_SHOWN).map(formatProblem), ...(refused.reason ? [refused.reason] : [])] } } : {}),
    providers: [...providers],
    envoys: [...xds.nodes.values()].map((node) => ({
      node: node.info.id, cluster: node.info.cluster, from: [...new Set([...node.streams].map(({ peer }) => peer.replace(/:\d+$/, "")))].sort(), ...(node.hosts ? { hosts: node.hosts } : {}),
      streams: [...node.streams].map(streamStatus),
    })),
  };
}

function streamStatus({ mode, since, watches }: Stream): StreamStatus {
  const types: StreamStatus["types"] = {};
  for (const type of TYPES) {
    const watch = watches.get(type);
    if (watch === undefined) continue;
    const { size, version, accepted, refusal, names } = watch;
    types[type] = {
      resources: size, sent: version || accepted, accepted,
      ...(type === "tables" ? { names: [...names] } : {}),
      ...(refusal ? { refused: { at: iso(refusal.at), reason: refusal.reason, resources: refusal.resources } } : {}),
    };
  }
  return { mode, since: iso(since), types };
}

const iso = (ms: number): string => new Date(ms).toISOString();
