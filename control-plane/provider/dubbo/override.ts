import { readDubboUrl, type Registration } from "./registration.ts";

/** A rule that somebody wrote into the registry while the servers run: `override://10.0.0.1:20880/org.x.Demo?weight=50`. */
export interface Override {
  /** Undefined: all addresses. */
  address?: string;
  /** 0: all ports. */
  port: number;
  /** What the servers that it is for say of themselves; empty: it is for all. */
  wanted: [key: string, value: string][];
  values: [key: string, value: string][];
}

const ANY_HOST = ["0.0.0.0", "anyhost", "*", ""];
const ANY_VALUE = ["*", "any", ""];
const WHOSE = ["group", "version", "application"];
/** What else a rule may set is the callers' concern (timeouts, retries, balancing): here DestinationRules and routes say it. */
const OBEYED = ["weight", "disabled"];

/** Undefined: it is switched off, is for consumers, or sets nothing that is obeyed here. Throws Unusable. */
export function readOverride(text: string): Override | undefined {
  const { protocol, host, port, parameters } = readDubboUrl(text);
  if (protocol !== "override" || parameters.get("enabled") === "false" || parameters.get("side") === "consumer") return undefined;
  const pairs = (keys: string[]) => keys.filter((key) => parameters.has(key)).map((key): [string, string] => [key, parameters.get(key)!]);
  const wanted = pairs(WHOSE).filter(([, value]) => !ANY_VALUE.includes(value));
  const values = pairs(OBEYED);
  return values.length === 0 ? undefined : { ...(ANY_HOST.includes(host) ? {} : { address: host }), port, wanted, values };
}

/** The registrations as the rules have them; a later rule wins. */
export function applyOverrides(registrations: readonly Registration[], overrides: readonly Override[]): Registration[] {
  return registrations.map((registration) => {
    const values = overrides.filter((rule) => isFor(rule, registration)).flatMap((rule) => rule.values);
    return values.length === 0 ? registration : { ...registration, parameters: new Map([...registration.parameters, ...values]) };
  });
}

function isFor({ address, port, wanted }: Override, registration: Registration): boolean {
  if (address !== undefined && address !== registration.address) return false;
  if (port !== 0 && port !== registration.port) return false;
  return wanted.every(([key, value]) => (registration.parameters.get(key) ?? "") === value);
}
