import { proxy_log } from "../env/imports";
import { LogLevel } from "../env/enums";

/** Writes a line to Envoy's log. Allocates: not for the hot path. */
export function log(level: LogLevel, text: string): void {
  const bytes = String.UTF8.encode(text);
  proxy_log(level, changetype<usize>(bytes), bytes.byteLength);
}

export function logWarn(text: string): void { log(LogLevel.Warn, text); }
export function logError(text: string): void { log(LogLevel.Error, text); }
