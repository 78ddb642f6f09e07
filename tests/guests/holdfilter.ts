/** Holds requests whose key has a value for some milliseconds, as a filter does that asks another server; then lets them go, or refuses them. */
import {
  Exchange, Failure, Filter, Frame, Held, hold, HOLD, Json, KeyAsker, Mutation, now, Problems, Reason, registerFilter, utf8Bytes, View,
} from "../../assembly/index";

const REFUSED = new Failure(Reason.Denied, "refused after a while");
const given: View = new View();

@final
class HoldFilter extends Filter {
  private slot: i32 = -1;
  private value: StaticArray<u8> = new StaticArray<u8>(0);
  private ms: u64 = 0;
  private refuse: bool = false;
  private waiting: Held[] = [];
  private since: u64[] = [];

  configure(config: Json, keys: KeyAsker, problems: Problems): void {
    problems.unknownFields(config, ["key", "value", "ms", "refuse"]);
    this.slot = keys.request(config.path() + ".key", problems.needText(config, "key"), problems);
    this.value = utf8Bytes(problems.needText(config, "value"));
    this.ms = problems.int(config, "ms", 200, 1, 60000);
    this.refuse = problems.bool(config, "refuse");
    this.tickMs = 10;
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const place = f.metadata.first(this.slot);
    if (place < 0) return null;
    f.metadata.view(place, given);
    if (given.length != this.value.length || memory.compare(given.at, changetype<usize>(this.value), given.length) != 0) return null;
    this.waiting.push(hold());
    this.since.push(now());
    return HOLD;
  }

  onTick(): void {
    while (this.since.length > 0 && now() - this.since[0] >= this.ms) {
      this.since.shift();
      this.waiting.shift().resume(this.refuse ? REFUSED : null);
    }
  }
}

registerFilter("hold", (): Filter => new HoldFilter());
