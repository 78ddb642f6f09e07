import { didYouMean } from "../api/suggest.ts";

/** What `build` writes beside a codec's .wasm. */
export interface Traits {
  name: string;
  serverFirst: boolean;
  order: string;
  /** Upstream kinds that the codec can serve. */
  lanes: boolean;
  inline: boolean;
  maxHead: number;
  maxFrame: number;
  /** A name "*" says that any other name may be asked for too. */
  requestKeys: string[];
  /** The one of them that names the service; empty: none does. */
  serviceKey: string;
  responseKeys: string[];
  /** Names of the lists above, and "*" for every name that is not in them. */
  settableRequest: string[];
  settableResponse: string[];
  /** Beginnings of names that "*" does not stand for: those keys are there as `own` says. */
  reserved?: string[];
  /** Keys that options bring. */
  own?: { has(key: string): boolean; names(): string[] };
}

const has = (names: readonly string[], name: string) => names.some((n) => n.toLowerCase() === name.toLowerCase());
const named = (names: readonly string[]) => names.filter((name) => name !== "*");

const MOST_SHOWN = 20;

/** Keys of every protocol's requests: what is known of the client's connection. */
const CONNECTION_KEYS = [
  "source.address", "source.port", "destination.address", "destination.port", "connection.sni", "connection.mtls",
  "connection.subject", "connection.uri_san", "connection.dns_san", "connection.sha256",
];

/** What is wrong with reading this key of a message, or undefined. */
export function readMistake(traits: Traits, key: string, side: "request" | "response" = "request"): string | undefined {
  const keys = side === "request" ? traits.requestKeys : traits.responseKeys;
  if (key === "" || key === "*") return "is not a valid key name";
  const reserved = (traits.reserved ?? []).some((prefix) => key.toLowerCase().startsWith(prefix));
  if (reserved ? side === "request" && traits.own?.has(key) : has(keys, key) || keys.includes("*") || (side === "request" && has(CONNECTION_KEYS, key))) return undefined;
  return `codec "${traits.name}" does not supply the key "${key}" of a ${side}${didYouMean(key, reserved ? traits.own?.names() ?? [] : named(keys))}`;
}

/** Names for a message: those that may be asked for, some of them if options bring many. */
export function readableKeys(traits: Traits, side: "request" | "response" = "request"): string[] {
  return side === "request" ? [...traits.requestKeys, ...traits.own?.names().slice(0, MOST_SHOWN) ?? []] : traits.responseKeys;
}

/** What is wrong with changing this key, or undefined: it must be known, and settable. */
export function setMistake(traits: Traits, direction: "request" | "response", key: string): string | undefined {
  const keys = direction === "request" ? traits.requestKeys : traits.responseKeys;
  const settable = direction === "request" ? traits.settableRequest : traits.settableResponse;
  if (key === "" || key === "*") return "is not a valid key name";
  const listed = has(named(keys), key);
  if ((traits.reserved ?? []).some((prefix) => key.toLowerCase().startsWith(prefix))) return `codec "${traits.name}" cannot change the key "${key}" of a ${direction}`;
  if (listed ? has(settable, key) : keys.includes("*") && settable.includes("*")) return undefined;
  const why = settable.length === 0 ? `: its ${direction}s cannot carry additional keys` : "";
  return `codec "${traits.name}" cannot change the key "${key}" of a ${direction}${why}`;
}

/** Names for a message: those that may be used instead. */
export function settableKeys(traits: Traits, direction: "request" | "response"): string[] {
  return (direction === "request" ? traits.settableRequest : traits.settableResponse).map((key) => (key === "*" ? "any other name" : key));
}
