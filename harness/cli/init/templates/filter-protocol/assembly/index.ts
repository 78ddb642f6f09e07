/** Refuses Redis commands that a configuration names. Without Redis: import another codec of meltemi/codecs, or your own. */
import { Exchange, Failure, Filter, Frame, Json, KeyResolver, Mutation, Problems, Reason, registerFilter, View } from "meltemi/assembly";
import "meltemi/codecs/redis/index";

const DENIED = new Failure(Reason.Denied, "this command is not allowed");
const command: View = new View();

/** One for each plugin configuration, which has `"filters": [{ "name": "{{name}}", "config": { "deny": ["flushall"] } }]`. */
class CommandFilter extends Filter {
  private slot: i32 = -1;
  private deny: string[] = [];

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["deny"]);
    this.deny = problems.texts(config, "deny");
    this.slot = keys.request(config.path(), "command", problems);
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const place = f.metadata.first(this.slot);
    if (place < 0) return null;
    f.metadata.view(place, command);
    for (let i = 0; i < this.deny.length; i++) if (is(command, this.deny[i])) return DENIED;
    return null;
  }
}

/** Compares in place, whatever the case of letters: nothing is allocated for a request. */
function is(value: View, text: string): bool {
  if (value.length != text.length) return false;
  for (let i = 0; i < text.length; i++) if ((<i32>load<u8>(value.at + i) | 0x20) != (text.charCodeAt(i) | 0x20)) return false;
  return true;
}

registerFilter("{{name}}", (): Filter => new CommandFilter());

export * from "meltemi/assembly/module";
