import { isIP } from "node:net";

/** One server of one Dubbo service, as a registry tells of it. */
export interface Registration {
  /** Name of the Java interface. */
  interface: string;
  /** An IP address. */
  address: string;
  port: number;
  /** What its URL says behind the question mark, decoded. */
  parameters: ReadonlyMap<string, string>;
  /** Of an application: neither group nor version of the interface are known. */
  unversioned?: true;
}

/** What was registered and cannot be used: where, and why. */
export interface Skipped { path: string; reason: string }

export class Unusable extends Error {
  override name = "Unusable";
}

/** Why an entry is not taken: it is Unusable, or we failed at it. Whatever it is, the other entries go on. */
export function unusable(error: unknown): string { return error instanceof Unusable ? error.message : `cannot be read (${(error as Error).name}: ${shortened((error as Error).message)})`; }

const MAX_URL = 32 << 10;
const MAX_PARAMETERS = 256;
const MAX_INTERFACE = 253;
const MAX_PORT = 65535;
/** As in Java, and dashes, which names of applications have. */
const INTERFACE = /^[A-Za-z_][\w$-]*(\.[A-Za-z_][\w$-]*)*$/;
const URL_FORM = /^([A-Za-z][\w+.-]*):\/\/(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?(.*))?$/s;

/** A URL as Dubbo writes it: `dubbo://10.0.0.1:20880/org.x.Demo?application=demo&version=1.0.0`. */
export interface DubboUrl { protocol: string; host: string; port: number; path: string; parameters: Map<string, string> }

/** Reads a URL, encoded as a whole (as a node's name is) or not; throws Unusable. What a parameter says is taken as it stands, as Dubbo does. */
export function readDubboUrl(text: string): DubboUrl {
  if (text.length > MAX_URL) throw new Unusable(`is longer than ${MAX_URL} characters`);
  const match = URL_FORM.exec(text.includes("://") ? text : decoded(text));
  if (match === null) throw new Unusable("is not a Dubbo URL");
  const [, protocol, host, port, path, query] = match;
  return { protocol: protocol!, host: host!, port: Number(port ?? 0), path: path ?? "", parameters: readParameters(query ?? "") };
}

function readParameters(query: string): Map<string, string> {
  const pairs = query.split("&", MAX_PARAMETERS + 1).filter((pair) => pair !== "");
  if (pairs.length > MAX_PARAMETERS) throw new Unusable(`has more than ${MAX_PARAMETERS} parameters`);
  return new Map(pairs.map((pair) => {
    const equals = pair.indexOf("=");
    // as Dubbo does: a name alone is its own value
    return equals < 0 ? [pair, pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
  }));
}

/** What Java's URLEncoder wrote. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new Unusable("is not encoded as a URL");
  }
}

/** A provider's URL; undefined: it speaks another protocol than Dubbo's own, or is none that serves. Throws Unusable. */
export function readProvider(text: string): Registration | undefined {
  const { protocol, host, port, path, parameters } = readDubboUrl(text);
  if (protocol !== "dubbo" || (parameters.get("category") ?? "providers") !== "providers") return undefined;
  return registration(parameters.get("interface") ?? path, host, port, parameters);
}

/** Checks what a registry told in parts; throws Unusable. */
export function registration(name: string, host: string, port: number, parameters: ReadonlyMap<string, string>): Registration {
  if (parameters.size > MAX_PARAMETERS) throw new Unusable(`has more than ${MAX_PARAMETERS} parameters`);
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) throw new Unusable(`has no port of 1 to ${MAX_PORT}`);
  return { interface: interfaceName(name), address: ipAddress(host), port, parameters };
}

/** The name of an interface that can name a service; throws Unusable. */
export function interfaceName(name: string): string {
  if (name.length > MAX_INTERFACE || !INTERFACE.test(name)) throw new Unusable(`${shortened(name)} is not a valid interface name`);
  return name;
}

/** Java takes an address as one number too (2130706433), and some write one so to have loopback left alone. */
function ipAddress(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const plain = isIP(bare) === 0 && URL.canParse(`http://${bare}`) ? new URL(`http://${bare}`).hostname : bare;
  if (isIP(plain) === 0 || bare.includes("%")) throw new Unusable(`${shortened(host)} is not an IP address`);
  if (plain === "0.0.0.0" || plain === "::") throw new Unusable(`${plain} is not an address of a server`);
  return plain;
}

/** A text of others, fit for a message. */
export function shortened(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 80 ? `${quoted.slice(0, 76)}..."` : quoted;
}
