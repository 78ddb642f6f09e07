import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { HeaderMutation, readHeaderMutation } from "../../proxy/filter/headerMutation";
import { Direction } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure } from "../../codec/failure";
import { SavedValuesPool } from "../../proxy/filter/format/index";
import { Mutation } from "../../codec/mutation";

/** HeaderMutation keys of requests and replies: docs/filters/mutation.md. An exchange's word names what is kept of its request. */
@final
export class MutationFilter extends Filter {
  private request: HeaderMutation | null = null;
  private response: HeaderMutation | null = null;
  private keeper: SavedValuesPool = new SavedValuesPool();

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["request", "response"]);
    this.request = readHeaderMutation(config, "request", Direction.Request, keys, problems);
    this.response = readHeaderMutation(config, "response", Direction.Response, keys, problems);
    if (!this.request && !this.response) problems.report(config.path(), "missing, allowed: changes in request, response, or both");
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const request = this.request, response = this.response;
    if (response && response.keepsRequest) {
      const kept = this.keeper.take();
      response.keepRequest(f, kept);
      x.setWord(this.place, <u64>kept.place + 1);
    }
    if (request) request.apply(x, f, null, mutation);
    return null;
  }

  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    const response = this.response;
    if (response) response.apply(x, f, this.keeper.of(x.word(this.place)), mutation);
  }

  onEnd(x: Exchange): void {
    const kept = this.keeper.of(x.word(this.place));
    if (kept) this.keeper.give(kept);
  }
}
