/** A module as a filter author writes it: all codecs, and a filter of one's own that lets in who knows the token. */
import {
  Exchange, Failure, Filter, Frame, Json, KeyResolver, Mutation, Problems, Reason, registerFilter, utf8Bytes, View,
} from "../../assembly/index";
import "../../codecs/dubbo/index";
import "../../examples/awesomerpc/index";

const DENIED = new Failure(Reason.Denied, "the token is missing or wrong");
const given: View = new View();

@final
class KnockFilter extends Filter {
  private slot: i32 = -1;
  private token: StaticArray<u8> = new StaticArray<u8>(0);

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["key", "token"]);
    const key = problems.needText(config, "key"), token = problems.needText(config, "token");
    if (!problems.ok) return;
    this.slot = keys.request(config.path() + ".key", key, problems);
    this.token = utf8Bytes(token);
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const place = f.metadata.first(this.slot);
    if (place < 0 || f.metadata.next(place) >= 0) return DENIED;
    f.metadata.view(place, given);
    return sameSecret(given, this.token) ? null : DENIED;
  }
}

/** Compares in a time that tells nothing of where the first difference is. */
function sameSecret(value: View, secret: StaticArray<u8>): bool {
  if (value.length != secret.length) return false;
  let difference: u8 = 0;
  for (let i = 0; i < secret.length; i++) difference |= load<u8>(value.at + i) ^ secret[i];
  return difference == 0;
}

registerFilter("knock", (): Filter => new KnockFilter());

export * from "../../assembly/module";
