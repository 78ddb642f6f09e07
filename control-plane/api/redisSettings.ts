import type { RedisProxy } from "../ir/ir.ts";
import { readAuth, type Auth } from "./credentials.ts";
import { readDuration, readTimeout } from "./duration.ts";
import type { Field } from "./field.ts";
import type { Place } from "./problem.ts";

/** `settings` of a RedisService. */
export interface RedisSettings {
  auth?: Auth;
  /** Until a command is answered, in milliseconds. */
  timeoutMs?: number;
  ignoreCase: boolean;
  /** How Redis Clusters are spoken to. */
  proxy: RedisProxy;
  /** What only Redis Clusters can obey; `answers`: it changes what clients get. */
  forClusters: { at: Place; found: string; answers: boolean }[];
}

const READ_POLICIES = ["MASTER", "PREFER_MASTER", "REPLICA", "PREFER_REPLICA", "ANY"] as const;
const U32 = 0xffff_ffff;

export function readRedisSettings(field: Field): RedisSettings {
  const settings: RedisSettings = { ignoreCase: false, proxy: {}, forClusters: [] };
  if (field.missing) return settings;
  const record = field.record();
  const auth = readAuth(record.field("auth"));
  const timeout = record.field("opTimeout"), timeoutMs = readTimeout(timeout);
  settings.ignoreCase = record.field("caseInsensitive").boolean() ?? false;
  if (auth) settings.auth = auth;
  if (timeoutMs !== undefined) settings.timeoutMs = timeoutMs;
  if (!timeout.missing) settings.proxy.timeoutMs = timeoutMs ?? 0;
  const take = <K extends keyof RedisProxy>(key: K, name: string, answers: boolean, read: (field: Field) => RedisProxy[K]): void => {
    const setting = record.field(name), value = read(setting);
    if (value === undefined) return;
    settings.proxy[key] = value;
    // what is so without a Redis Cluster as well asks for nothing
    if (value !== false && value !== "MASTER") settings.forClusters.push({ at: setting.at, found: setting.found() ?? "", answers });
  };
  // a Redis Cluster always has them
  const tags = record.field("enableHashtagging");
  if (tags.boolean() === true) settings.forClusters.push({ at: tags.at, found: "true", answers: true });
  take("readPolicy", "readPolicy", true, (setting) => setting.oneOf(READ_POLICIES));
  take("redirection", "enableRedirection", true, (setting) => setting.boolean());
  take("commandStats", "enableCommandStats", false, (setting) => setting.boolean());
  take("flushBytes", "maxBufferSizeBeforeFlush", false, (setting) => setting.integer(0, U32));
  take("flushMs", "bufferFlushTimeout", false, readDuration);
  take("unknownConnections", "maxUpstreamUnknownConnections", false, (setting) => setting.integer(0, U32));
  record.end();
  if (settings.ignoreCase) settings.proxy.ignoreCase = true;
  return settings;
}
