import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { Codec, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Failure } from "./failure";
import { Mutation } from "./mutation";

/**
 * Sees each exchange on its way. One object for each plugin configuration, for all connections: what belongs to an
 * exchange must not be kept in it. Nothing here may throw or allocate for each message.
 */
export abstract class Filter {
  /** Reads its part of the plugin configuration, and asks for the keys it reads with `Codec.slot` through `keys`. */
  configure(config: Json, keys: KeyAsker, problems: Problems): void {}

  /** A request, before it is routed. Null: go on; otherwise the client gets this error and no server sees the request. */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null { return null; }

  /** A reply, before it goes to the client. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {}
}

/** Binds key names to slots at configure time; a key that the codec does not have becomes a problem at its path. */
export abstract class KeyAsker {
  constructor(public codec: Codec) {}
  /** Slot of a request key that will be read; -1 after a problem. */
  abstract request(path: string, name: string, problems: Problems): i32;
  /** Slot of a reply key that will be read; -1 after a problem. */
  abstract response(path: string, name: string, problems: Problems): i32;
}

export type FilterFactory = () => Filter;

const names: string[] = [];
const factories: FilterFactory[] = [];

/** Makes a filter known under the name that `filters[].name` of configurations uses. */
export function registerFilter(name: string, factory: FilterFactory): void {
  names.push(name);
  factories.push(factory);
}

export function createFilter(name: string): Filter | null {
  const at = names.indexOf(name);
  return at < 0 ? null : factories[at]();
}

export function filterNames(): string[] { return names; }
