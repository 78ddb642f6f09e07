import { proxy_get_log_level, proxy_log } from "../env/imports";
import { LogLevel, Status } from "../env/enums";
import { RESULT_AT } from "../env/memory";
import { argument } from "./text";

/** Writes a line to Envoy's log. Works at any moment, also in top-level code. */
export function log(level: LogLevel, text: string): void {
  const bytes = argument(text);
  proxy_log(level, bytes.base, bytes.length);
}

/** Writes a line that is there in UTF-8; allocates nothing. */
export function logBytes(level: LogLevel, at: usize, length: i32): void { proxy_log(level, at, length); }

export function logTrace(text: string): void { log(LogLevel.Trace, text); }
export function logDebug(text: string): void { log(LogLevel.Debug, text); }
export function logInfo(text: string): void { log(LogLevel.Info, text); }
export function logWarn(text: string): void { log(LogLevel.Warn, text); }
export function logError(text: string): void { log(LogLevel.Error, text); }
export function logCritical(text: string): void { log(LogLevel.Critical, text); }

/** Lines below this level go nowhere: ask before you build a costly one. A host call. */
export function logLevel(): LogLevel {
  return proxy_get_log_level(RESULT_AT) == Status.Ok ? <LogLevel>load<u32>(RESULT_AT) : LogLevel.Trace;
}

export function isLogged(level: LogLevel): bool { return level >= logLevel(); }
