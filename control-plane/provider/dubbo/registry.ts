import type { ServiceRecord } from "./record.ts";

/** A registry of Dubbo's: tells who is registered, and of each change. */
export interface Registry {
  /** For messages: `zookeeper 127.0.0.1:2181`. */
  readonly name: string;
  /** `zookeeper`: stands before paths. */
  readonly scheme: string;
  /** The label `registryName` of its endpoints. */
  readonly label: string;
  start(listener: RegistryListener): Promise<void>;
  /** No callback is called after it resolves. */
  stop(): Promise<void>;
}

export interface RegistryListener {
  /** All services that are registered, in any order. */
  changed(records: readonly ServiceRecord[]): void;
  /** It holds something, at a path, that is not taken. May be told again and again. */
  skipped(path: string, reason: string): void;
  /** It cannot be asked now: what it told last stays in force. */
  failed(reason: string): void;
}
