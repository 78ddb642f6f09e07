import { TYPES } from "../xds/types.ts";
import type { ControlPlane } from "./controlPlane.ts";
import { outEndpoints } from "./health.ts";

/** `/metrics`, in Prometheus' text format. */
export function metricsOf(plane: ControlPlane): string {
  const { changes, refused, providers, xds, ir } = plane;
  const traffic = TYPES.map((type) => [type, xds.traffic[type]] as const), streams = [...xds.nodes.values()].flatMap((node) => [...node.streams]);
  const refusing = (type: (typeof TYPES)[number]): number => streams.filter(({ watches }) => watches.get(type)?.refusal).length;
  return [
    ...metric("meltemi_changes_total", "counter", "changes of resources, by result", [["result", "applied", changes.applied], ["result", "refused", changes.refused], ["result", "unchanged", changes.unchanged]]),
    ...metric("meltemi_translate_seconds_total", "counter", "time spent on translating and encoding", [[changes.seconds]]),
    ...metric("meltemi_refused", "gauge", "1 if the current resources were rejected and an older version is served", [[refused ? 1 : 0]]),
    ...metric("meltemi_last_change_timestamp_seconds", "gauge", "time of the last change that was applied", [[changes.lastAt / 1000]]),
    ...metric("meltemi_listeners", "gauge", "listeners served", [[ir?.listeners.length ?? 0]]),
    ...metric("meltemi_clusters", "gauge", "clusters served", [[ir?.clusters.length ?? 0]]),
    ...metric("meltemi_endpoints_out", "gauge", "endpoints that at least one Envoy does not use", [[outEndpoints(plane).length]]),
    ...metric("meltemi_provider_failed", "gauge", "1 if the source cannot be reached", providers.map(({ name, failure }) => ["provider", name, failure ? 1 : 0])),
    ...metric("meltemi_provider_skipped", "gauge", "entries of the source that are left out", providers.map(({ name, skipped }) => ["provider", name, skipped?.count ?? 0])),
    ...metric("meltemi_provider_sources", "gauge", "resources of the source", providers.map(({ name, sources }) => ["provider", name, sources])),
    ...metric("meltemi_xds_envoys", "gauge", "Envoys connected", [[xds.nodes.size]]),
    ...metric("meltemi_xds_streams", "gauge", "streams of Envoys and of their filters", [[streams.length]]),
    ...metric("meltemi_xds_ended_total", "counter", "streams closed because they exceeded a limit or were not allowed", [[xds.ended]]),
    ...metric("meltemi_xds_responses_total", "counter", "responses sent", traffic.map(([type, { responses }]) => ["type", type, responses])),
    ...metric("meltemi_xds_resources_total", "counter", "resources sent", traffic.map(([type, { resources }]) => ["type", type, resources])),
    ...metric("meltemi_xds_bytes_total", "counter", "bytes of responses sent", traffic.map(([type, { bytes }]) => ["type", type, bytes])),
    ...metric("meltemi_xds_accepted_total", "counter", "responses accepted (ACK)", traffic.map(([type, { accepted }]) => ["type", type, accepted])),
    ...metric("meltemi_xds_refused_total", "counter", "responses rejected (NACK)", traffic.map(([type, { refused: count }]) => ["type", type, count])),
    ...metric("meltemi_xds_refusing", "gauge", "streams that rejected the last response", TYPES.map((type) => ["type", type, refusing(type)])),
    "",
  ].join("\n");
}

type Sample = [number] | [string, string, number];

function metric(name: string, kind: "counter" | "gauge", help: string, samples: Sample[]): string[] {
  const lines = samples.map((sample) => sample.length === 1 ? `${name} ${sample[0]}` : `${name}{${sample[0]}="${escaped(sample[1])}"} ${sample[2]}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines];
}

const escaped = (text: string): string => text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
