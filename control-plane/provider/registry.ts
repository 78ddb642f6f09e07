import { DubboProvider } from "./dubbo/provider.ts";
import { readRange } from "./dubbo/addresses.ts";
import type { Registry } from "./dubbo/registry.ts";
import { Consul } from "./consul/consul.ts";
import { Eureka } from "./eureka.ts";
import { Nacos } from "./nacos/nacos.ts";
import { Etcd } from "./etcd/etcd.ts";
import type { Provider } from "./provider.ts";
import { ZooKeeper } from "./zookeeper/zookeeper.ts";

/** A registry's address, read and checked. */
export interface Address {
  /** `host:port,host:port`. */
  servers: string;
  user: string;
  password: string;
  /** Behind the question mark. */
  parameter(name: string, fallback: string): string;
}

interface Kind {
  port: number;
  parameters: string[];
  /** One server only. */
  single?: true;
  /** Takes `user:password@`, or a token as the password. */
  login?: true;
  make(address: Address, label: string): Registry;
}

const KINDS: Record<string, Kind> = {
  zookeeper: {
    port: 2181, parameters: ["group"], login: true,
    make: ({ servers, user, password, parameter }, label) =>
      new ZooKeeper({ servers, label, group: parameter("group", "dubbo"), ...(user === "" ? {} : { auth: `${user}:${password}` }) }),
  },
  etcd: {
    port: 2379, parameters: ["group"], login: true,
    make: ({ servers, user, password, parameter }, label) =>
      new Etcd({ servers, label, group: parameter("group", "dubbo"), ...(user === "" ? {} : { auth: { username: user, password } }) }),
  },
  nacos: {
    port: 8848, parameters: ["namespace", "group"], single: true,
    make: ({ servers, parameter }, label) => new Nacos({ server: servers, label, namespace: parameter("namespace", "public"), group: parameter("group", "DEFAULT_GROUP") }),
  },
  consul: {
    port: 8500, parameters: [], single: true, login: true,
    make: ({ servers, password }, label) => new Consul({ server: servers, label, token: password }),
  },
  eureka: {
    port: 8761, parameters: ["path"], single: true,
    make: ({ servers, parameter }, label) => new Eureka({ server: servers, label, path: parameter("path", "eureka") }),
  },
};

const COMMON = ["name", "port", "addresses"];
/** Of parameters that become a label or part of a path. */
const NAME = /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const NOT_NAMES = ["port", "addresses", "path"];
const DEFAULT_PORT = "20880";
const DEFAULT_ADDRESSES = "127.128.0.0/9";

/**
 * What Dubbo registries hold as a source of resources: `zookeeper://127.0.0.1:2181`. The first one's `port` and `addresses` are those of
 * all listeners. Throws an Error that says what is wrong with which URL.
 */
export function registryProvider(...urls: string[]): Provider {
  const read = urls.map(readRegistry);
  const first = read[0];
  if (first === undefined) throw new Error("no registry is given");
  return new DubboProvider(read.map(({ registry }) => registry), { port: first.port, addresses: first.addresses });
}

function readRegistry(text: string): { registry: Registry; port: number; addresses: { first: number; size: number } } {
  const wrong = (why: string): never => { throw new Error(`registry ${hidden(text)}: ${why}`); };
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?([^/?#]+)\/?(?:\?(.*))?$/i.exec(text);
  if (match === null) return wrong("must be of the form zookeeper://127.0.0.1:2181");
  const [scheme, login = "", hosts, query = ""] = [match[1]!.toLowerCase(), match[2], match[3]!, match[4]];
  const kind = (Object.hasOwn(KINDS, scheme) ? KINDS[scheme] : undefined) ?? wrong(`unknown kind of registry, allowed: ${Object.keys(KINDS).map((name) => `${name}://`).join(", ")}`);
  const parameters = new URLSearchParams(query);
  const allowed = [...COMMON, ...kind.parameters];
  for (const key of parameters.keys()) if (!allowed.includes(key)) wrong(`has no parameter ${JSON.stringify(key)}: ${allowed.join(", ")}`);
  const servers = hosts.split(",").map((host) => withPort(host, kind.port) ?? wrong(`${JSON.stringify(host.replace(/^.*@/s, "...@"))} is not host:port`)).join(",");
  if (kind.single && servers.includes(",")) wrong(`${scheme}:// takes one server`);
  if (!kind.login && login !== "") wrong(`${scheme}:// does not support user and password`);
  const parameter = (name: string, fallback: string): string => parameters.get(name) || fallback;
  const port = Number(parameter("port", DEFAULT_PORT));
  if (!Number.isInteger(port) || port < 1 || port > 65535) wrong("port must be a number of 1 to 65535");
  const addresses = readRange(parameter("addresses", DEFAULT_ADDRESSES)) ?? wrong("addresses must be a range such as 127.128.0.0/9");
  for (const [key, value] of parameters) if (!NOT_NAMES.includes(key) && !NAME.test(value)) wrong(`${key} must be letters, digits, - _ . only`);
  const [user = "", password = ""] = [login.split(":", 1)[0]!, login.slice(login.indexOf(":") + 1)].map(decodeURIComponent);
  return { registry: kind.make({ servers, user: login === "" ? "" : user, password: login.includes(":") ? password : "", parameter }, parameter("name", scheme)), port, addresses };
}

function withPort(host: string, fallback: number): string | undefined {
  const match = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(host);
  return match === null || Number(match[2] ?? fallback) > 65535 ? undefined : `${match[1]}:${match[2] ?? fallback}`;
}

/** Without what may be a password, wherever somebody has put it. */
function hidden(url: string): string { return url.replace(/\?.*$/s, "").replace(/^([a-z]+:\/\/)?.*@/is, "$1...@"); }
