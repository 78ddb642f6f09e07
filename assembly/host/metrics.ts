import { proxy_define_metric, proxy_increment_metric } from "../env/imports";
import { MetricType, Status } from "../env/enums";
import { RESULT_AT } from "../env/memory";

/**
 * A counter that adds up in this VM and is handed to Envoy by `flush`, so that counting on the hot path is one addition.
 * All VMs of the process add to one counter of that name.
 */
@final
export class Counter {
  private pending: i64 = 0;
  private id: u32;
  private defined: bool;

  constructor(name: string) {
    const bytes = String.UTF8.encode(name);
    this.defined = proxy_define_metric(MetricType.Counter, changetype<usize>(bytes), bytes.byteLength, RESULT_AT) == Status.Ok;
    this.id = load<u32>(RESULT_AT);
  }

  @inline add(n: i64 = 1): void { this.pending += n; }

  flush(): void {
    if (this.pending == 0 || !this.defined) return;
    proxy_increment_metric(this.id, this.pending);
    this.pending = 0;
  }
}
