import { dirname } from "node:path";
import { Secret } from "../../api/secret.ts";
import type { Listener, ServerTls } from "../../ir/ir.ts";

const CONTEXT = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const AUTHORITIES = "authorities";

/** Certificates written into the listener; without `secrets`, for people. Of several Envoy takes the one for the name that the client asks for. */
export function inlineTls({ tls }: Listener, secrets: boolean): object | undefined {
  if (tls === undefined) return undefined;
  const source = (where: string | Secret): object => typeof where === "string" ? { filename: where } : { inline_string: secrets ? where.reveal() : String(where) };
  return socket(tls, {
    tls_certificates: tls.certificates.map(({ certificate, key }) => ({ certificate_chain: source(certificate), private_key: source(key) })),
    ...(tls.authorities === undefined ? {} : { validation_context: { trusted_ca: source(tls.authorities) } }),
  });
}

/** Certificates by name: new ones are no new listener. */
export function discoveredTls({ name, tls }: Listener): object | undefined {
  if (tls === undefined) return undefined;
  const from = (secret: string | number): object => ({ name: `${name}/${secret}`, sds_config: { ads: {}, resource_api_version: "V3" } });
  return socket(tls, {
    tls_certificate_sds_secret_configs: tls.certificates.map((_, i) => from(i)),
    ...(tls.authorities === undefined ? {} : { validation_context_sds_secret_config: from(AUTHORITIES) }),
  });
}

/** What those names stand for. Envoy reads files again when something in their folder is moved, as Kubernetes does with mounted Secrets. */
export function tlsSecrets({ name, tls }: Listener): Record<string, unknown>[] {
  if (tls === undefined) return [];
  const source = (where: string | Secret): object => typeof where === "string" ? { filename: where } : { inline_string: where.reveal() };
  const watched = (where: string | Secret): object => typeof where === "string" ? { watched_directory: { path: dirname(where) } } : {};
  return [
    ...tls.certificates.map(({ certificate, key }, i) => ({ name: `${name}/${i}`, tls_certificate: { certificate_chain: source(certificate), private_key: source(key), ...watched(certificate) } })),
    ...(tls.authorities === undefined ? [] : [{ name: `${name}/${AUTHORITIES}`, validation_context: { trusted_ca: source(tls.authorities), ...watched(tls.authorities) } }]),
  ];
}

function socket({ authorities }: ServerTls, common: object): object {
  return { name: "tls", typed_config: { "@type": CONTEXT, common_tls_context: common, ...(authorities === undefined ? {} : { require_client_certificate: true }) } };
}
