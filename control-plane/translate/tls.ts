import type { Server } from "../api/gateway.ts";
import type { ServerTls } from "../ir/ir.ts";
import type { RouteWorld } from "./routes.ts";

/** Names of Kubernetes' own type of Secret, and Istio's older ones. */
const CERTIFICATE = ["tls.crt", "cert"], KEY = ["tls.key", "key"], AUTHORITIES = ["ca.crt", "cacert"];

/** The certificates of servers that share a port: a client gets the one that is for the name it asks for. Undefined: none of them has any. */
export function serverTls(servers: readonly Server[], gateway: string, world: RouteWorld): ServerTls | undefined {
  const [first] = servers;
  for (const { tls, port } of servers) {
    if (tls?.mutual !== first?.tls?.mutual) world.problems.error(tls?.at ?? port.at, `servers of one port must agree in tls.mode`);
  }
  if (first?.tls === undefined) return undefined;
  const read = servers.flatMap(({ tls }) => tls ?? []).map(({ source, mutual }) => {
    if (!("secret" in source)) return { certificate: source.certificate, key: source.key, authorities: source.authorities };
    const namespace = gateway.slice(0, gateway.indexOf("/"));
    const entry = (names: string[]) => world.vault.entry(source.secret, namespace, names);
    return { certificate: entry(CERTIFICATE), key: entry(KEY), authorities: mutual ? entry(AUTHORITIES) : undefined };
  });
  const certificates = read.flatMap(({ certificate, key }) => certificate && key ? [{ certificate, key }] : []);
  const authorities = first.tls.mutual ? read.find(({ authorities }) => authorities !== undefined)?.authorities : undefined;
  return { certificates, ...(authorities === undefined ? {} : { authorities }) };
}
