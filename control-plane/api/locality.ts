import type { Field } from "./field.ts";
import { each } from "./metadata.ts";

/** networking.istio.io LocalityLoadBalancerSetting: which endpoints are asked first, by where they are. Localities are `region/zone/subzone`. */
export interface LocalitySetting {
  enabled: boolean;
  /** Shares in percent, for Envoys of `from`. */
  distribute: { from: string; to: { locality: string; share: number }[] }[];
  /** Which region comes next when one has gone. */
  failover: { from: string; to: string }[];
  /** Labels that endpoints should have, the most important first: `key=value`, or one of TOPOLOGY with what it is for the Envoy. */
  failoverPriority: string[];
}

/** Labels that tell a locality's parts. */
export const TOPOLOGY = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
const WHOLE = 100;

export function readLocalitySetting(field: Field): LocalitySetting {
  const setting = field.record();
  const read = {
    enabled: setting.field("enabled").boolean() ?? true,
    distribute: each(setting.field("distribute").list(), readDistribute),
    failover: each(setting.field("failover").list(), readFailover),
    failoverPriority: each(setting.field("failoverPriority").list(), readLabel),
  };
  setting.end();
  const given = (["distribute", "failover", "failoverPriority"] as const).filter((name) => read[name].length > 0);
  if (given.length > 1) field.error(`must have one of ${given.join(" and ")}: they exclude each other`);
  return read;
}

function readDistribute(field: Field): LocalitySetting["distribute"][number] | undefined {
  const item = field.record(), from = item.required("from").string(), shares = item.required("to");
  const to = shares.entries().flatMap(({ key, value }) => {
    const share = value.integer(1, WHOLE);
    return share === undefined ? [] : [{ locality: key, share }];
  });
  item.end();
  const sum = to.reduce((all, { share }) => all + share, 0);
  if (shares.isRecord && sum !== WHOLE) shares.error(`the sum of the percentages is ${sum}, and must be ${WHOLE}`);
  return from === undefined ? undefined : { from, to };
}

function readFailover(field: Field): LocalitySetting["failover"][number] | undefined {
  const item = field.record(), from = item.required("from").string(), to = item.required("to").string();
  item.end();
  if (from === undefined || to === undefined) return undefined;
  if (from === to) item.field("to").error("must be another region");
  return { from, to };
}

function readLabel(field: Field): string | undefined {
  const label = field.string();
  if (label === undefined || label.indexOf("=") > 0 || TOPOLOGY.includes(label)) return label;
  field.error("this label of an Envoy is not known here", [...TOPOLOGY, "key=value"]);
  return undefined;
}
