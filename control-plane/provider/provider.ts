import type { Source } from "../api/sourceFile.ts";

/** Something that gives resources, and tells of each change. */
export interface Provider {
  /** For messages: `zookeeper 127.0.0.1:2181`. */
  readonly name: string;
  /** Its services come and go by themselves: what is written for one that is not there is no mistake. */
  readonly open?: boolean;
  /** Tells all its sources once it knows them, and again after each change. Resolves when it has begun, not when it has told. */
  start(listener: ProviderListener): Promise<void>;
  /** No callback is called after it resolves. */
  stop(): Promise<void>;
}

export interface ProviderListener {
  /** All sources of the provider; one whose object has not changed keeps its text. `skipped`: what it holds now that is not among them, and why. */
  changed(sources: readonly Source[], skipped?: readonly string[]): void;
  /** It cannot be asked now: what it told last stays in force. */
  failed(reason: string): void;
}
