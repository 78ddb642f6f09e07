import { isIP } from "node:net";
import { dirname } from "node:path";
import type { Cluster } from "../../ir/ir.ts";
import type { Json } from "./resource.ts";

const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

interface Context { tls_certificates?: Pair[]; validation_context?: { trusted_ca?: File } & Json }
interface Pair { certificate_chain: File; private_key: File }
interface File { filename: string }

/** TLS to the servers of a cluster, with certificates from files. */
export function transportSocket({ certificate, key, ca, sni, names }: NonNullable<Cluster["tls"]>): object {
  const common: Context = {
    ...(certificate && key ? { tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }] } : {}),
    ...(ca ? { validation_context: { trusted_ca: { filename: ca }, ...(names.length > 0 ? { match_typed_subject_alt_names: names.map(matcher) } : {}) } } : {}),
  };
  return { name: "tls", typed_config: { "@type": TLS, ...(sni ? { sni } : {}), common_tls_context: common } };
}

function matcher(name: string): object {
  return { san_type: name.includes("://") ? "URI" : isIP(name) ? "IP_ADDRESS" : "DNS", matcher: { exact: name } };
}

/** The same cluster with its certificates as secrets of their own: Envoy reads their files anew when they are replaced. */
export function withSecrets(cluster: Json): { cluster: Json; secrets: Json[] } {
  const socket = cluster.transport_socket as { typed_config: { common_tls_context: Context } } | undefined;
  if (socket === undefined) return { cluster, secrets: [] };
  const { tls_certificates: [pair] = [], validation_context: { trusted_ca, ...rules } = {} } = socket.typed_config.common_tls_context, secrets: Json[] = [];
  const served = (secret: Json): object => {
    secrets.push(secret);
    return { name: secret.name, sds_config: { ads: {}, resource_api_version: "V3" } };
  };
  const common = {
    ...(pair ? { tls_certificate_sds_secret_configs: [served({ name: `certificate ${pair.certificate_chain.filename}`, tls_certificate: { ...pair, ...watched(pair.certificate_chain) } })] } : {}),
    ...(trusted_ca ? { combined_validation_context: { default_validation_context: rules, validation_context_sds_secret_config: served({ name: `authority ${trusted_ca.filename}`, validation_context: { trusted_ca, ...watched(trusted_ca) } }) } } : {}),
  };
  return { cluster: { ...cluster, transport_socket: { ...socket, typed_config: { ...socket.typed_config, common_tls_context: common } } }, secrets };
}

const watched = ({ filename }: File): object => ({ watched_directory: { path: dirname(filename) } });
