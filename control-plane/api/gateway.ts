import { isIP } from "node:net";
import type { Field, Fields } from "./field.ts";
import { each, type Metadata } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";
import type { Port } from "./service.ts";

/** networking.istio.io Gateway: ports at which requests enter the mesh, or leave it. */
export interface Gateway extends Metadata {
  /** Labels of the Envoys that it is for; none: all. */
  selector: Record<string, string>;
  servers: Server[];
}

export interface Server {
  port: Port;
  bind: Located<string>;
  /** Hosts of services that may be reached here, `*` and `*.example.com` among them, each for the resources of one namespace or all. */
  hosts: (Located<string> & { namespace?: string })[];
  tls?: ServerTls;
}

/** How clients meet it: certificates in files of the Envoy's machine, or in a Secret of the Gateway's namespace. */
export interface ServerTls {
  at: Place;
  /** Clients must have certificates, too. */
  mutual: boolean;
  source: { secret: Located<string> } | { certificate: string; key: string; authorities?: string };
}

const MAX_PORT = 65535;
const ANYWHERE = "0.0.0.0";
const TLS_DETAILS = ["minProtocolVersion", "maxProtocolVersion", "cipherSuites", "subjectAltNames", "verifyCertificateSpki", "verifyCertificateHash", "caCrl", "credentialNames", "caCertCredentialName", "tlsCertificates"];

export function readGateway(root: Fields, metadata: Metadata): Gateway {
  const spec = root.required("spec").record();
  const selector = spec.field("selector").stringMap();
  const servers = each(spec.required("servers").list(), (field) => readServer(field, metadata.namespace));
  spec.end();
  return { ...metadata, selector, servers };
}

function readServer(field: Field, namespace: string): Server | undefined {
  const server = field.record();
  const port = readPort(server.required("port"));
  const bind = server.field("bind").located() ?? { value: ANYWHERE, at: field.at };
  if (isIP(bind.value) === 0) server.field("bind").error("must be an IP address");
  const hosts = server.required("hosts").strings().map((host) => readHost(host, namespace));
  const tls = server.field("tls");
  server.silent("name", "defaultEndpoint");
  server.end();
  const read = tls.missing ? undefined : readTls(tls);
  return port && { port, bind, hosts, ...(read ? { tls: read } : {}) };
}

function readPort(field: Field): Port | undefined {
  const port = field.record();
  const number = port.required("number").integer(0, MAX_PORT);
  const name = port.required("name").located();
  port.silent("protocol", "targetPort");
  port.end();
  return number === undefined || name === undefined ? undefined : { number, name: name.value, at: field.at, nameAt: name.at };
}

/** `NAMESPACE/HOST`: `.` is the Gateway's own namespace, `*` or nothing any. */
function readHost({ value, at }: Located<string>, own: string): Server["hosts"][number] {
  const slash = value.indexOf("/");
  if (slash < 0 || value.startsWith("*/")) return { value: value.slice(slash + 1), at };
  const namespace = value.slice(0, slash);
  return { value: value.slice(slash + 1), at, namespace: namespace === "." ? own : namespace };
}

function readTls(field: Field): ServerTls | undefined {
  const tls = field.record();
  const mode = tls.required("mode").oneOf(["SIMPLE", "MUTUAL"]);
  const secret = tls.field("credentialName").located();
  const [certificate, key, authorities] = ["serverCertificate", "privateKey", "caCertificates"].map((name) => tls.field(name).string());
  tls.silent("httpsRedirect");
  tls.unsupported(...TLS_DETAILS);
  tls.end();
  if (mode === undefined) return undefined;
  const mutual = mode === "MUTUAL";
  if (secret) return { at: field.at, mutual, source: { secret } };
  if (certificate === undefined || key === undefined || (mutual && authorities === undefined)) {
    field.error(`needs credentialName, or serverCertificate${mutual ? ", privateKey and caCertificates" : " and privateKey"}`);
    return undefined;
  }
  return { at: field.at, mutual, source: { certificate, key, ...(authorities === undefined ? {} : { authorities }) } };
}
