import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Secrets } from "../../bytes/secret";
import { Filter, KeyAsker } from "../../meta/chain";
import { Frame } from "../../meta/codec";
import { Exchange } from "../../meta/exchange";
import { Failure, Reason } from "../../meta/failure";
import { View } from "../../meta/metadata";
import { Mutation } from "../../meta/mutation";
import { Credential, Shown } from "../credential";

const DENIED = new Failure(Reason.Denied, "the token is missing or wrong");
const MAX_TOKENS = 1000;
const given: View = new View();

/** Lets in who knows one of a few shared tokens, or API keys: docs/filters/token.md. */
@final
export class TokenFilter extends Filter {
  guards: bool = true;
  private credential!: Credential;
  private tokens: Secrets = new Secrets();

  configure(config: Json, keys: KeyAsker, problems: Problems): void {
    problems.unknownFields(config, ["key", "prefix", "remove", "tokens"]);
    this.credential = new Credential(config, keys, problems);
    const tokens = problems.list(config, "tokens");
    if (tokens.length == 0 || tokens.length > MAX_TOKENS) problems.report(config.path() + ".tokens", "allowed: a list of 1..1000 texts");
    for (let i = 0; i < tokens.length && problems.ok; i++) {
      // what was found is nobody's business
      if (!tokens[i].text.length) problems.report(tokens[i].path(), "allowed: text that is not empty");
      this.tokens.add(tokens[i].text);
    }
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    if (this.credential.find(f.metadata, given) != Shown.One || !this.tokens.has(given.at, given.length)) return DENIED;
    this.credential.strip(mutation);
    return null;
  }
}
