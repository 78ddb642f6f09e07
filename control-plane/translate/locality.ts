import { type LocalitySetting, TOPOLOGY } from "../api/locality.ts";
import { order } from "../api/problem.ts";
import type { Cluster, Endpoint, Ir } from "../ir/ir.ts";

/** What the filter takes, and parts of it that shares are reckoned in. */
const MAX_WEIGHT = 1 << 20, PARTS = 1000;

/** True if Envoys of different localities are to see different things. */
export function isLocal(ir: Ir): boolean { return ir.clusters.some(({ locality }) => locality); }

/** As an Envoy of a locality, `region/zone/subzone`, is to see it: endpoints with priorities, and with weights by locality. */
export function localized(ir: Ir, here: string | undefined): Ir {
  return here ? { ...ir, clusters: ir.clusters.map((cluster) => near(cluster, here)) } : ir;
}

function near(cluster: Cluster, here: string): Cluster {
  const { locality, endpoints } = cluster;
  if (!locality) return cluster;
  const { distribute, failoverPriority } = locality;
  if (distribute.length > 0) {
    const shares = distribute.find(({ from }) => covers(from, here))?.to;
    return shares ? { ...cluster, endpoints: distributed(endpoints, shares) } : cluster;
  }
  const distance = failoverPriority.length > 0
    ? (endpoint: Endpoint) => unlike(endpoint, failoverPriority, here)
    : (endpoint: Endpoint) => away(endpoint, locality, here);
  return { ...cluster, endpoints: prioritized(endpoints, distance) };
}

/** Priorities in order of distance, without a gap. */
function prioritized(endpoints: readonly Endpoint[], distance: (endpoint: Endpoint) => number): Endpoint[] {
  const distances = [...new Set(endpoints.map(distance))].sort((a, b) => a - b);
  return endpoints.map((endpoint) => ({ ...endpoint, priority: distances.indexOf(distance(endpoint)) })).sort((a, b) => a.priority - b.priority);
}

/** 0: same subzone, 1: same zone, 2: same region, 3: the region that is to come next, 4: the rest. */
function away({ locality = "" }: Endpoint, { failover }: LocalitySetting, here: string): number {
  const [region, zone, subzone] = parts(here), [itsRegion, itsZone, itsSubzone] = parts(locality);
  // Kubernetes tells of an endpoint's zone alone
  const isNear = itsRegion === "" ? itsZone !== "" && itsZone === zone : itsRegion === region;
  if (!isNear) return failover.some(({ from, to }) => from === region && to === itsRegion) ? 3 : 4;
  if (itsZone !== zone) return 2;
  return itsSubzone === subzone ? 0 : 1;
}

/** How many labels are left from the first on that an endpoint has not as it should. */
function unlike({ locality = "", labels = {} }: Endpoint, wanted: readonly string[], here: string): number {
  const first = wanted.findIndex((label) => {
    const part = TOPOLOGY.indexOf(label), equals = label.indexOf("=");
    if (part >= 0) return parts(here)[part] === "" || parts(locality)[part] !== parts(here)[part];
    return labels[label.slice(0, equals)] !== label.slice(equals + 1);
  });
  return first < 0 ? 0 : wanted.length - first;
}

/** The endpoints of localities that have a share, with weights that give it to them. */
function distributed(endpoints: readonly Endpoint[], shares: LocalitySetting["distribute"][number]["to"]): Endpoint[] {
  const left = new Set(endpoints), found: Endpoint[] = [];
  for (const { locality, share } of shares) {
    const members = [...left].filter((endpoint) => covers(locality, endpoint.locality ?? "")), sum = members.reduce((all, { weight }) => all + weight, 0);
    for (const member of members) {
      left.delete(member);
      found.push({ ...member, weight: Math.max(1, Math.round(share * PARTS * member.weight / sum)) });
    }
  }
  const divisor = found.reduce((all, { weight }) => greatestCommonDivisor(weight, all), 0);
  const weighted = found.map((endpoint) => ({ ...endpoint, weight: Math.min(MAX_WEIGHT, endpoint.weight / divisor) }));
  return found.length > 0 ? weighted.sort((a, b) => order(a.locality ?? "", b.locality ?? "")) : [...endpoints];
}

/** `region/zone/*` covers all of a zone, and so does `region/zone`. */
function covers(pattern: string, locality: string): boolean {
  const wanted = pattern.split("/"), found = parts(locality), star = wanted.indexOf("*");
  return wanted.slice(0, star < 0 ? wanted.length : star).every((part, i) => part === (found[i] ?? ""));
}

function parts(locality: string): [string, string, string] {
  const [region = "", zone = "", subzone = ""] = locality.split("/");
  return [region, zone, subzone];
}

/** As Envoy's API has it. */
export function localityOf(text: string): { region?: string; zone?: string; sub_zone?: string } {
  const [region, zone, subZone] = parts(text);
  return { ...(region ? { region } : {}), ...(zone ? { zone } : {}), ...(subZone ? { sub_zone: subZone } : {}) };
}

function greatestCommonDivisor(a: number, b: number): number { return b === 0 ? a : greatestCommonDivisor(b, a % b); }
