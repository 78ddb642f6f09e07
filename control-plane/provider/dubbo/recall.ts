import type { ServiceRecord } from "./record.ts";
import type { Registration } from "./registration.ts";
import type { RegistryListener } from "./registry.ts";

/**
 * Stands between a registry that keeps its servers in memory and who listens to it: when it comes back from having been away it may
 * know nothing, so servers that it had stay until they have registered again, or had the time to.
 */
export class Recall implements RegistryListener {
  private said: readonly ServiceRecord[] = [];
  private told: readonly ServiceRecord[] = [];
  /** Servers that were there before it was away and were not seen since. */
  private missing: readonly ServiceRecord[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `ms`: how long servers take to register again. */
  constructor(private readonly listener: RegistryListener, private readonly ms: number) {}

  changed(records: readonly ServiceRecord[]): void {
    this.said = records;
    if (this.missing.length > 0) {
      this.missing = without(this.missing, records);
      this.timer ??= setTimeout(() => {
        this.missing = [];
        this.tell();
      }, this.ms);
    }
    this.tell();
  }

  skipped(path: string, reason: string): void { this.listener.skipped(path, reason); }

  failed(reason: string): void {
    this.stop();
    this.missing = this.told;
    this.listener.failed(reason);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tell(): void {
    this.told = this.missing.length === 0 ? this.said : together(this.said, this.missing);
    this.listener.changed(this.told);
  }
}

const keyOf = ({ address, port }: Registration): string => `${address} ${port}`;

function without(records: readonly ServiceRecord[], seen: readonly ServiceRecord[]): ServiceRecord[] {
  const known = new Map(seen.map(({ path, registrations }) => [path, new Set(registrations.map(keyOf))]));
  return records.map((record) => ({ ...record, registrations: record.registrations.filter((one) => !known.get(record.path)?.has(keyOf(one))) }))
    .filter(({ registrations }) => registrations.length > 0);
}

function together(records: readonly ServiceRecord[], more: readonly ServiceRecord[]): ServiceRecord[] {
  const byPath = new Map(records.map((record) => [record.path, record]));
  for (const record of more) {
    const own = byPath.get(record.path);
    byPath.set(record.path, own ? { ...own, registrations: [...own.registrations, ...record.registrations] } : record);
  }
  return [...byPath.values()];
}
