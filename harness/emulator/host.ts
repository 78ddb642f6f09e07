import type { Calls } from "./calls.ts";
import type { Root } from "./context.ts";
import type { Clock } from "./clock.ts";
import type { Logs } from "./logs.ts";
import type { Metrics } from "./metrics.ts";
import type { Shared } from "./shared.ts";
import type { Vm } from "./vm.ts";

/** What the host calls of all facilities act on. */
export interface Host {
  readonly vm: Vm;
  readonly logs: Logs;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly shared: Shared;
  readonly calls: Calls;
  /** Names what shared data and queues belong to. */
  readonly vmId: string;
  readonly vmConfig: string;
  /** Plugin configuration, readable only while `proxy_on_configure` runs. */
  readonly pluginConfig: string | null;
  readonly foreignArguments: Buffer;
  /** Ends a root whose `proxy_on_done` returned 0; false: there is none such. */
  finishRoot(root: Root): boolean;
  /** Puts a task on the event loop: `drainQueues` runs it. */
  post(task: () => void): void;
}
