/** Holds requests whose key has a value for some milliseconds, as a filter does that asks another server; then lets them go, or refuses them. */
import {
  after, Exchange, Failure, Filter, Frame, Held, hold, HOLD, Json, KeyResolver, Mutation, Problems, Reason, registerFilter, Timer, utf8Bytes, View,
} from "../../assembly/index";

const REFUSED = new Failure(Reason.Denied, "refused after a while");
const given: View = new View();

/** The end of a wait. */
@final
class Wait extends Timer {
  constructor(private held: Held, private failure: Failure | null) { super(); }

  fire(): void { this.held.resume(this.failure); }
}

@final
class HoldFilter extends Filter {
  private slot: i32 = -1;
  private value: StaticArray<u8> = new StaticArray<u8>(0);
  private ms: i32 = 0;
  private failure: Failure | null = null;

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["key", "value", "ms", "refuse"]);
    this.slot = keys.request(config.path() + ".key", problems.needText(config, "key"), problems);
    this.value = utf8Bytes(problems.needText(config, "value"));
    this.ms = <i32>problems.int(config, "ms", 200, 1, 60000);
    if (problems.bool(config, "refuse")) this.failure = REFUSED;
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const place = f.metadata.first(this.slot);
    if (place < 0) return null;
    f.metadata.view(place, given);
    if (given.length != this.value.length || memory.compare(given.at, changetype<usize>(this.value), given.length) != 0) return null;
    after(this.ms, new Wait(hold(), this.failure));
    return HOLD;
  }
}

registerFilter("hold", (): Filter => new HoldFilter());
