import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { logWarn } from "../../host/log";
import { Counter, labelled } from "../../host/metrics";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Metadata } from "../../codec/metadata";
import { Condition, readCondition } from "../../proxy/match/condition";

/** What is to be done with the requests that it holds for. */
@final
export class Rule {
  /** It only counts what it would have done. */
  isDry: bool = false;
  private condition: Condition;
  private refused!: Counter;
  /** Requests that it would have refused, since that was last said. */
  private wouldRefuse: i32 = 0;

  /** name: how logs and metrics call it. json: null for the default, which holds for all. */
  constructor(private name: string, public denies: bool, json: Json | null, private keys: KeyResolver, problems: Problems) {
    if (json) this.isDry = problems.bool(json, "dryRun");
    this.condition = readCondition(json ? json.get("match") : null, keys, problems);
    const metric = this.isDry ? "meltemi_auth_would_refuse" : "meltemi_auth_refused";
    this.refused = new Counter(labelled(metric, ["service", "reason"], [keys.service, name]));
  }

  /** One that denies holds where that cannot be ruled out, one that allows only where it surely holds. */
  holds(metadata: Metadata): bool { return this.denies ? this.condition.mayHold(metadata) : this.condition.holds(metadata); }

  count(): void {
    this.refused.add();
    if (this.isDry) this.wouldRefuse++;
  }

  /** Hands on what was counted. The log gets names and numbers, never values. */
  tell(): void {
    this.refused.flush();
    if (this.wouldRefuse == 0) return;
    logWarn("auth: in a dry run, rule " + this.name + " would have refused " + this.wouldRefuse.toString() + " requests of service " + this.keys.service);
    this.wouldRefuse = 0;
  }
}
