/** The value of a metadata key by which a client shows who it is. */
import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { utf8Bytes } from "../bytes/utf8";
import { KeyResolver } from "../proxy/match/keyResolver";
import { Direction } from "../codec/enums";
import { Metadata, Presence, View } from "../codec/metadata";
import { Change, Edit, Mutation } from "../codec/mutation";

export enum Shown {
  /** The key is not there, or holds something of another kind. */
  Nothing = 0,
  One = 1,
  /** Several values, or one that cannot be read: they never grant access. */
  Unclear = 2,
}

@final
export class Credential {
  private slot: i32 = -1;
  private prefix: StaticArray<u8> = new StaticArray<u8>(0);
  private removal: Edit | null = null;

  /** Reads `key`, `prefix` (ASCII, its case does not matter) and `remove` of a filter's configuration. */
  constructor(config: Json, keys: KeyResolver, problems: Problems) {
    const key = problems.needText(config, "key");
    this.prefix = utf8Bytes(problems.text(config, "prefix").toLowerCase());
    const remove = problems.bool(config, "remove");
    if (problems.ok) this.slot = keys.request(config.path() + ".key", key, problems);
    const edit = remove && problems.ok ? keys.edit(config.path() + ".remove", key, Direction.Request, problems) : null;
    if (edit) edit.change = Change.Remove;
    this.removal = edit;
  }

  /** Points a view at it, behind the prefix. */
  find(metadata: Metadata, view: View): Shown {
    const place = metadata.first(this.slot), prefix = this.prefix;
    if (place < 0) return metadata.presence(this.slot) == Presence.Hidden ? Shown.Unclear : Shown.Nothing;
    if (metadata.next(place) >= 0 || !metadata.isWhole(this.slot)) return Shown.Unclear;
    metadata.view(place, view);
    if (view.length < prefix.length) return Shown.Nothing;
    for (let i = 0; i < prefix.length; i++) {
      const byte = load<u8>(view.at + i);
      if ((<u32>(byte - 0x41) < 26 ? byte | 0x20 : byte) != unchecked(prefix[i])) return Shown.Nothing;
    }
    view.at += prefix.length;
    view.length -= prefix.length;
    return Shown.One;
  }

  /** The server does not see it, if that was configured. */
  strip(mutation: Mutation): void {
    const removal = this.removal;
    if (removal) mutation.add(removal);
  }
}
