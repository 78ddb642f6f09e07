import type { ApplicationProtocol } from "../api/applicationProtocol.ts";
import type { IdlOption } from "../api/idl.ts";
import { title, UPSTREAM_ANNOTATION } from "../api/metadata.ts";
import type { Problems } from "../api/problem.ts";
import type { Port, Upstream } from "../api/service.ts";
import { closest, didYouMean } from "../api/suggest.ts";
import { ArgumentKeys } from "../idl/arguments.ts";
import { compileIdl } from "../idl/compile.ts";
import { spokenOptions } from "./speaks.ts";
import type { Traits } from "./traits.ts";

export interface Protocol {
  codec: string;
  traits: Traits;
  options?: Record<string, unknown>;
}

/** Names that Aeraki gives protocols by: a port named so asks for a codec, even where there is none. */
const AERAKI_NAMES = ["dubbo", "thrift", "redis", "kafka", "zookeeper", "mongo", "mysql"];
const HOW_TO_BUILD = "build a custom codec with: npx meltemi build ENTRY.ts";

/** Which codec a port's name asks for. */
export class Protocols {
  /** By lower-case name, those of ApplicationProtocols first. */
  private readonly byName = new Map<string, Protocol>();
  private readonly bySpoken = new Map<Protocol, Map<string, Protocol>>();

  constructor(modules: Record<string, { traits: Traits }>, applications: readonly ApplicationProtocol[], private readonly problems: Problems, private readonly idlFiles: ReadonlyMap<string, string> = new Map()) {
    for (const [codec, { traits }] of Object.entries(modules)) this.byName.set(codec.toLowerCase(), { codec, traits });
    const codecs = new Map(this.byName);
    const owners = new Map<string, ApplicationProtocol>();
    for (const application of applications) this.add(application, codecs, owners);
  }

  get names(): string[] { return [...this.byName.keys()].sort(); }

  find(name: string): Protocol | undefined { return this.byName.get(name.toLowerCase()); }

  /**
   * The protocol of a port: `tcp-<name>[-any]` or `tcp-metaprotocol-<name>[-any]`, ignoring case; of several names the
   * longest wins. Null: the port is none of ours. Undefined: it should be, and a problem was recorded.
   */
  of(port: Port, upstream: Upstream): Protocol | null | undefined {
    const [transport, ...rest] = port.name.toLowerCase().split("-");
    if (transport !== "tcp" || rest.length === 0) return this.pass(port);
    const explicit = rest[0] === "metaprotocol";
    const words = explicit ? rest.slice(1) : rest;
    for (let length = words.length; length > 0; length--) {
      const protocol = this.byName.get(words.slice(0, length).join("-"));
      if (protocol !== undefined) return this.usable(this.spoken(protocol, words.slice(length)), port, upstream);
    }
    const word = words[0] ?? "";
    if (word === "") {
      this.problems.error(port.nameAt, "names no protocol: tcp-metaprotocol-<protocol>", { found: JSON.stringify(port.name), allowed: this.names });
      return undefined;
    }
    const mistyped = closest(word, this.names) !== undefined || (!explicit && closest(word, ["metaprotocol"]) !== undefined);
    if (!explicit && !AERAKI_NAMES.includes(word) && !mistyped) return this.pass(port);
    const hint = didYouMean(words.join("-"), this.names) || didYouMean(word, explicit ? this.names : [...this.names, "metaprotocol"]);
    this.unknown(port, words.join("-"), hint);
    return undefined;
  }

  /** With the options that the last words of a port's name give, where an ApplicationProtocol does not. The same ones are one object. */
  private spoken(protocol: Protocol, words: readonly string[]): Protocol {
    const said = spokenOptions(protocol.codec, words), known = this.bySpoken.get(protocol) ?? new Map<string, Protocol>();
    if (Object.keys(said).length === 0) return protocol;
    const key = JSON.stringify(said), found = known.get(key) ?? { ...protocol, options: { ...said, ...protocol.options } };
    this.bySpoken.set(protocol, known.set(key, found));
    return found;
  }

  private add(application: ApplicationProtocol, codecs: Map<string, Protocol>, owners: Map<string, ApplicationProtocol>): void {
    const { protocol, codec, options, idl } = application;
    const name = protocol.value.toLowerCase();
    const owner = owners.get(name);
    if (owner) this.problems.error(protocol.at, `protocol "${protocol.value}" is already defined by ${title(owner)}`);
    owners.set(name, application);
    const known = codecs.get(codec.value.toLowerCase());
    if (known) this.byName.set(name, { ...known, ...(options ? { options } : {}), ...(idl ? this.checked(known, idl, options) : {}) });
    else {
      const message = `unknown codec${didYouMean(codec.value, codecs.keys())}; ${HOW_TO_BUILD}`;
      this.problems.error(codec.at, message, { found: JSON.stringify(codec.value), allowed: [...codecs.keys()].sort() });
    }
  }

  /** With an IDL the codec is told the methods and types, and the keys of arguments are known. */
  private checked({ traits }: Protocol, idl: IdlOption, options: Record<string, unknown> = {}): Partial<Protocol> {
    const tables = compileIdl(idl, (file) => this.idlFiles.get(file), this.problems);
    return tables ? { options: { ...options, idl: tables }, traits: { ...traits, own: new ArgumentKeys(tables) } } : {};
  }

  private usable(protocol: Protocol, port: Port, upstream: Upstream): Protocol | undefined {
    const { serverFirst, lanes, inline } = protocol.traits;
    if (!serverFirst && (upstream === "inline" ? inline : lanes)) return protocol;
    const other = upstream === "inline" ? "lanes" : "inline";
    const how = (other === "inline" ? inline : lanes) ? `: give its service the annotation ${UPSTREAM_ANNOTATION}: ${other}` : "";
    this.problems.error(port.nameAt, serverFirst
      ? `codec "${protocol.codec}" is not supported yet: its servers send first`
      : `codec "${protocol.codec}" cannot be served ${upstream === "inline" ? "inline" : "over lanes"}${how}`);
    return undefined;
  }

  private pass(port: Port): null {
    const forms = "tcp-<protocol> or tcp-metaprotocol-<protocol>";
    this.problems.warn(port.nameAt, `port ${port.number} has no supported protocol and is ignored; a supported one is named ${forms}`, {
      found: JSON.stringify(port.name),
    });
    return null;
  }

  private unknown(port: Port, name: string, hint: string): void {
    const message = `unknown protocol "${name}" in the name of a port${hint}; ${HOW_TO_BUILD}`;
    this.problems.error(port.nameAt, message, { found: JSON.stringify(port.name), allowed: this.names });
  }
}
