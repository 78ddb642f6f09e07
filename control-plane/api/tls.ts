import type { Field, Fields } from "./field.ts";
import type { Place } from "./problem.ts";

/** `trafficPolicy.tls`: how connections to servers are made. Files are those of the Envoy's machine. */
export interface ClientTls {
  at: Place;
  /** False: without TLS, whatever is said for the service as a whole. */
  enabled: boolean;
  certificate?: string;
  key?: string;
  /** Absent: any certificate of a server will do. */
  ca?: string;
  sni?: string;
  /** Names of which the server's certificate must have one. */
  names: string[];
}

const MODES = ["DISABLE", "SIMPLE", "MUTUAL"] as const;

export function readTls(field: Field): ClientTls | undefined {
  if (field.missing) return undefined;
  const record = field.record(), mode = record.required("mode");
  if (mode.string() === "ISTIO_MUTUAL") mode.error("certificates of Istio's agent are not available: use MUTUAL with files", [...MODES]);
  const kind = mode.string() === "ISTIO_MUTUAL" ? undefined : mode.oneOf(MODES);
  const tls: ClientTls = { at: field.at, enabled: kind !== "DISABLE", ...readFiles(record, kind), names: record.field("subjectAltNames").strings().map(({ value }) => value) };
  const sni = record.field("sni").string();
  record.unsupported("credentialName", "caCrl");
  record.end();
  return { ...tls, ...(sni ? { sni } : {}), names: tls.names.length > 0 || sni === undefined || tls.ca === undefined ? tls.names : [sni] };
}

function readFiles(record: Fields, kind: (typeof MODES)[number] | undefined): Pick<ClientTls, "certificate" | "key" | "ca"> {
  const own = kind === "MUTUAL" ? [record.required("clientCertificate"), record.required("privateKey")] : [record.field("clientCertificate"), record.field("privateKey")];
  if (kind === "SIMPLE") for (const each of own) if (!each.missing) each.error("is for mode MUTUAL");
  const insecure = record.field("insecureSkipVerify").boolean() === true, authority = record.field("caCertificates");
  const ca = authority.string();
  if ((kind === "SIMPLE" || kind === "MUTUAL") && authority.missing && !insecure) authority.error("is required, or insecureSkipVerify: true: otherwise the server is not authenticated");
  if (insecure && !authority.missing) authority.error("has no effect with insecureSkipVerify: true");
  const [certificate, key] = own.map((each) => each.string());
  return { ...(certificate && key ? { certificate, key } : {}), ...(ca ? { ca } : {}) };
}
