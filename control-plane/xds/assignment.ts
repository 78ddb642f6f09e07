import type { Json } from "../translate/envoy/resource.ts";

interface Locality { locality?: object; priority?: number; lb_endpoints: Member[] }
interface Member { endpoint: { address: object } }

/**
 * The endpoints of `next`, and after them those that only `last` has: a step between the two in which requests can go to both.
 * Undefined if `last` has no more than `next`.
 */
export function withFormer(last: Json, next: Json): Json | undefined {
  const localities = (next.endpoints as Locality[]).map((each) => ({ ...each, lb_endpoints: [...each.lb_endpoints] }));
  const there = new Set(localities.flatMap(({ lb_endpoints }) => lb_endpoints.map(identity)));
  const lowest = Math.max(0, ...localities.map(({ priority }) => priority ?? 0));
  let more = false;
  for (const former of last.endpoints as Locality[]) {
    const leaving = former.lb_endpoints.filter((member) => !there.has(identity(member)));
    if (leaving.length === 0) continue;
    more = true;
    // Envoy wants priorities without a gap
    const priority = Math.min(former.priority ?? 0, lowest), place = JSON.stringify(former.locality);
    const same = localities.find((each) => JSON.stringify(each.locality) === place && (each.priority ?? 0) === priority);
    if (same) same.lb_endpoints.push(...leaving);
    else localities.push({ ...former, ...(former.priority === undefined ? {} : { priority }), lb_endpoints: leaving });
  }
  return more ? { ...next, endpoints: localities } : undefined;
}

const identity = ({ endpoint }: Member): string => JSON.stringify(endpoint.address);
