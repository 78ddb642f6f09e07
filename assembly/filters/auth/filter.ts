import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { Rule } from "./rule";

const DENIED = new Failure(Reason.Denied, "access denied");
const ACTIONS = ["allow", "deny"];
const TICK_MS: i32 = 1000;

/** Allows and denies by rules on metadata, the first that holds wins: docs/filters/auth.md. */
@final
export class AuthFilter extends Filter {
  guards: bool = true;
  tickMs: i32 = TICK_MS;
  /** In order; the last one is the default and holds for all. */
  private rules: Rule[] = [];

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["rules", "default"]);
    const rules = problems.list(config, "rules");
    for (let i = 0; i < rules.length && problems.isObject(rules[i]); i++) {
      problems.unknownFields(rules[i], ["name", "action", "match", "dryRun"]);
      const name = problems.needText(rules[i], "name");
      this.rules.push(new Rule(name, readAction(rules[i], "action", problems), rules[i], keys, problems));
    }
    this.rules.push(new Rule("default", readAction(config, "default", problems), null, keys, problems));
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    let first: Rule | null = null;
    for (let i = 0; i < this.rules.length; i++) {
      const rule = unchecked(this.rules[i]);
      if (!rule.holds(f.metadata)) continue;
      if (first === null) first = rule;
      if (rule.isDry) continue;
      if (rule.denies) rule.count();
      else if (first.denies) first.count();
      return rule.denies ? DENIED : null;
    }
    return DENIED;
  }

  onTick(): void {
    for (let i = 0; i < this.rules.length; i++) this.rules[i].tell();
  }
}

/** True: deny. */
function readAction(owner: Json, name: string, problems: Problems): bool {
  problems.needText(owner, name);
  return problems.oneOf(owner, name, ACTIONS, "deny") == "deny";
}
