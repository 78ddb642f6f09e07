/** What OpenTelemetry's semantic conventions (opentelemetry.io/docs/specs/semconv) want to be said of a request. */
import { KeyResolver } from "../../proxy/match/keyResolver";

/** Attributes of one kind of system. A key that the codec does not have is left out. */
@final
export class Convention {
  /** Attributes with the system's name: the first stands in the convention, others in earlier ones. */
  systems: string[] = [];
  /** What is asked for: the span's name, and attributes with their keys. `scope` stands before it. */
  scope: string = "";
  scopeKeys: string[] = [];
  operation: string = "";
  operationKeys: string[] = [];
  /** The operation's name holds its scope, `scope/operation`, in the attribute as in the span's name. */
  qualified: bool = false;
  status: string = "";
  /** Keys of replies that say it better than the number. */
  statusKeys: string[] = [];
}

export const CONVENTIONS = ["rpc", "database", "messaging"];

/** The convention of a name, and of a codec if there is none. */
export function conventionOf(name: string, codec: string): Convention {
  const convention = new Convention();
  if (name == "database" || (!name.length && codec == "redis")) {
    convention.systems = ["db.system.name"];
    convention.scope = "db.namespace";
    convention.scopeKeys = ["database"];
    convention.operation = "db.operation.name";
    convention.operationKeys = ["command", "operation", "method"];
    convention.status = "db.response.status_code";
  } else if (name == "messaging") {
    convention.systems = ["messaging.system"];
    convention.scope = "messaging.destination.name";
    convention.scopeKeys = ["topic", "channel", "queue", "destination"];
    convention.operation = "messaging.operation.name";
    convention.operationKeys = ["operation", "command", "method"];
    convention.status = "messaging.response.status_code";
  } else {
    // Since semantic conventions 1.38 the method holds its service; rpc.system and rpc.service are of those before.
    convention.systems = ["rpc.system.name", "rpc.system"];
    convention.scope = "rpc.service";
    convention.scopeKeys = ["interface", "service"];
    convention.operation = "rpc.method";
    convention.operationKeys = ["method"];
    convention.qualified = true;
    convention.status = "rpc.response.status_code";
  }
  convention.statusKeys = ["status", "error"];
  return convention;
}

/** The first of some keys that requests of the codec always may have; empty if there is none. */
export function firstKey(keys: KeyResolver, names: string[], replies: bool = false): string {
  const known = replies ? keys.codec.traits.responseKeys : keys.codec.traits.requestKeys;
  for (let i = 0; i < names.length; i++) if (known.includes(names[i])) return names[i];
  return "";
}
