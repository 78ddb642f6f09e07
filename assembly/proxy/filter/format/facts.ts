/** What formats read of an exchange; each writes nothing and says false where there is nothing to say. */
import { writeDecimal } from "../../../bytes/decimal";
import { Writer } from "../../../bytes/writer";
import { Exchange } from "../../exchange/exchange";
import { Reason, reasonName } from "../../../codec/failure";
import { nowNs } from "../../runtime/clock";
import { writeTime } from "./time";

const FLAGS: StaticArray<string> = ["NR", "NC", "UH", "UC", "UT", "UO", "RL", "UAEX", "DPE", "FI"];

/** Envoy's response flag that says the same as a reason. */
export function flagOf(reason: Reason): string { return unchecked(FLAGS[reason]); }

export function writeRoute(x: Exchange, out: Writer): bool {
  const route = x.route;
  return route !== null && writeText(route.name, out);
}

/** Of the lane, else the only one that the route leads to. */
export function writeCluster(x: Exchange, out: Writer): bool {
  const lane = x.lane, route = x.route;
  if (lane) return writeText(lane.cluster.name, out);
  return route !== null && route.clusters.length == 1 && writeText(route.clusters[0].name, out);
}

export function writeUpstreamHost(x: Exchange, out: Writer): bool {
  const lane = x.lane;
  return lane !== null && writeText(lane.endpoint.address, out);
}

export function writeStart(x: Exchange, out: Writer): bool {
  writeTime(out, x.startedAt / 1_000_000);
  return true;
}

/** Milliseconds since the request was read. */
export function writeDuration(x: Exchange, out: Writer): bool {
  const now = nowNs();
  writeDecimal(out, now > x.startedAt ? (now - x.startedAt) / 1_000_000 : 0);
  return true;
}

/** A reason's flag, then DC if the client went away. */
export function writeFlags(x: Exchange, out: Writer): bool {
  const failure = x.failure;
  if (failure) out.text(flagOf(failure.reason));
  if (!x.isCut) return failure !== null;
  if (failure) out.u8(0x2c);
  out.text("DC");
  return true;
}

/** The reason of an error of the framework's own. */
export function writeReason(x: Exchange, out: Writer): bool {
  const failure = x.failure;
  return failure !== null && writeText(reasonName(failure.reason), out);
}

/** The protocol's own status number of the last reply, or of the error in its place. */
export function writeCode(x: Exchange, out: Writer): bool { return writeNumber(x.code, out); }

export function writeNumber(value: i64, out: Writer): bool {
  if (value < 0) out.u8(0x2d);
  writeDecimal(out, <u64>abs(value));
  return true;
}

function writeText(text: string, out: Writer): bool {
  if (text.length == 0) return false;
  out.text(text);
  return true;
}
