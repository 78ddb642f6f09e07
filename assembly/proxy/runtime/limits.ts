import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";

/** An idle connection takes some 3 KiB; with more of them than this, Envoy's 1 GiB for a VM would not do beside `vmBytes`. */
const MAX_CONNECTIONS: i32 = 98304;
const MAX_MS: i64 = 86_400_000;

/** How long a mirror may take to answer before its lane is given up. */
export const MIRROR_MS: i32 = 10_000;

/** Milliseconds and counts of docs/config.md, `limits`. */
@final
export class Limits {
  laneOpenMs: i32 = 5000;
  beatMs: i32 = 30000;
  maxLanes: i32 = 32;
  laneMaxAgeMs: i32 = 600000;
  /** What is open on a lane whose endpoint has left the configuration may take so long; 0: for ever. */
  laneGraceMs: i32 = 60000;
  maxOpen: i32 = 65536;
  drainMs: i32 = 10000;
  /** Without anything under way: connections of clients, and lanes; 0: for ever. */
  idleMs: i32 = 0;
  laneIdleMs: i32 = 0;
  /** Bytes that one connection and one VM keep at most; what is more is shed, the largest first. */
  connectionBytes: i32 = 16 << 20;
  vmBytes: i32 = 256 << 20;
  /** Connections of one VM; further ones are closed at once. */
  maxConnections: i32 = MAX_CONNECTIONS;
  /** Inline: connections whose rules are not the newest are closed once nobody waits for an answer. */
  drainOnRouteChange: bool = false;
}

export function readLimits(json: Json, all: Limits, problems: Problems): void {
  const limits = problems.object(json, "limits");
  if (!limits) return;
  problems.unknownFields(limits, [
    "laneOpenMs", "beatMs", "maxLanes", "laneMaxAgeMs", "laneGraceMs", "maxOpen", "drainMs", "idleMs", "laneIdleMs", "connectionBytes", "vmBytes", "maxConnections", "drainOnRouteChange",
  ]);
  all.laneOpenMs = <i32>problems.int(limits, "laneOpenMs", all.laneOpenMs, 1, MAX_MS);
  all.beatMs = <i32>problems.int(limits, "beatMs", all.beatMs, 0, MAX_MS);
  all.maxLanes = <i32>problems.int(limits, "maxLanes", all.maxLanes, 1, 1024);
  all.laneMaxAgeMs = <i32>problems.int(limits, "laneMaxAgeMs", all.laneMaxAgeMs, 0, MAX_MS);
  all.laneGraceMs = <i32>problems.int(limits, "laneGraceMs", all.laneGraceMs, 0, MAX_MS);
  all.connectionBytes = <i32>problems.int(limits, "connectionBytes", all.connectionBytes, 1 << 20, 1 << 29);
  all.vmBytes = <i32>problems.int(limits, "vmBytes", all.vmBytes, 1 << 24, 1 << 29);
  all.maxConnections = <i32>problems.int(limits, "maxConnections", all.maxConnections, 1, MAX_CONNECTIONS);
  all.maxOpen = <i32>problems.int(limits, "maxOpen", all.maxOpen, 1, 1 << 20);
  all.idleMs = <i32>problems.int(limits, "idleMs", 0, 0, MAX_MS);
  all.laneIdleMs = <i32>problems.int(limits, "laneIdleMs", 0, 0, MAX_MS);
  all.drainMs = <i32>problems.int(limits, "drainMs", all.drainMs, 1, MAX_MS);
  all.drainOnRouteChange = problems.bool(limits, "drainOnRouteChange", false);
}
