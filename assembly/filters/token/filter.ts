import { Json, JsonKind } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Secrets } from "../../bytes/secret";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { View } from "../../codec/metadata";
import { Mutation } from "../../codec/mutation";
import { Credential, Shown } from "../credential";

const DENIED = new Failure(Reason.Denied, "the token is missing or wrong");
const MAX_TOKENS = 1000;
const given: View = new View();

/** Accepts requests with one of the configured shared tokens, or API keys: docs/filters/token.md. */
@final
export class TokenFilter extends Filter {
  guards: bool = true;
  private credential!: Credential;
  private tokens: Secrets = new Secrets();

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["key", "prefix", "remove", "tokens"]);
    problems.hide(config, ["tokens"]);
    this.credential = new Credential(config, keys, problems);
    this.readTokens(config, problems);
  }

  private readTokens(config: Json, problems: Problems): void {
    const list = config.get("tokens"), count = list && list.kind == JsonKind.Array ? list.items.length : 0;
    if (count == 0 || count > MAX_TOKENS) problems.report(config.path() + ".tokens", "allowed: a list of 1..1000 texts");
    for (let i = 0; list && i < count && problems.ok; i++) {
      const token = list.items[i];
      if (!token.text.length) problems.wrong(token, "text that is not empty");
      this.tokens.add(token.text);
    }
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    if (this.credential.find(f.metadata, given) != Shown.One || !this.tokens.has(given.at, given.length)) return DENIED;
    this.credential.strip(mutation);
    return null;
  }
}
