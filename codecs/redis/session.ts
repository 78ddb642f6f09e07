import { Session } from "../../assembly/codec/index";
import { MAX_KEPT, MAX_SAID, MAX_SESSION } from "./constants";

/** What a connection says once and means for all that follows, in the order in which a new lane is told. */
export enum Setting {
  Auth = 0, Hello = 1, Select = 2, Name = 3, LibraryName = 4, LibraryVersion = 5, NoEvict = 6, NoTouch = 7, Capabilities = 8,
  ImportSource = 9, ReadOnly = 10, Reply = 11,
}
export const SETTINGS: i32 = 12;

export const NONE: StaticArray<u8> = new StaticArray<u8>(0);

/** A command that made a setting. The newest holds for new lanes; a server may yet refuse it, and then the older one does. */
@final
export class Said {
  /** A server has agreed. */
  sure: bool = false;
  /** There were older ones, of which nothing is known any more. */
  cut: bool = false;

  /** `command`: its bytes, empty if it is what a new connection is anyway. `value`: the database, the user, the version. */
  constructor(public command: StaticArray<u8>, public value: StaticArray<u8>, public version: u32, public older: Said | null) {}
}

export enum Multi {
  No = 0,
  /** Answered here; no server knows of it. */
  Open = 1,
  /** A server has it. */
  Sent = 2,
}

/** What is known of a server's answer to a setting. */
export enum Standing { Refused = -1, Unknown = 0, Agreed = 1 }

/** All that one client connection has said about itself. */
@final
export class RedisSession extends Session {
  /** By setting: the newest first, down to one that is sure. */
  private said: StaticArray<Said | null> = new StaticArray<Said | null>(SETTINGS);
  /** Of the last setting: commands that make several give all the same. */
  version: u32 = 0;
  /** Settings up to this one were forgotten. */
  private forgotten: u32 = 0;

  multi: Multi = Multi.No;
  /** Number of the transaction. */
  transaction: u32 = 0;
  /** A command of the transaction was refused: EXEC must not run the others. */
  aborted: bool = false;
  /** Commands without keys at its beginning, answered here with QUEUED: they go with the first that has one. */
  delayed: StaticArray<u8> = NONE;
  delayedCount: i32 = 0;

  /** CLIENT REPLY OFF, and SKIP for the next command; how many of those there were. */
  silent: bool = false;
  skipsNext: bool = false;
  skips: u32 = 0;
  /** Its server has begun to send it the stream of a replica: its commands have no answers. */
  replica: bool = false;
  /** Its server tells it of all commands: it does not answer a further MONITOR. */
  monitor: bool = false;
  /** The last RESET that was answered, by number, and whether its server agreed. */
  resets: u32 = 0;
  private resetAgreed: bool = false;
  /** Some command has pinned it to one lane. */
  held: bool = false;
  /** It has subscribed, or is about to. */
  subscriber: bool = false;
  /** Subscriptions, as the server counts them. */
  channels: i32 = 0;
  patterns: i32 = 0;
  shards: i32 = 0;
  /** It has told the filter the password that the filter asks for. */
  authenticated: bool = false;

  newest(setting: Setting): Said | null { return this.said[setting]; }

  /** Keeps a command; an overlong one is not redone on new lanes. */
  put(setting: Setting, at: usize, length: i32, value: StaticArray<u8>): void {
    const kept = length <= min(MAX_KEPT, MAX_SESSION - this.keptBytes) ? copyOf(at, length) : NONE, one = new Said(kept, value, this.version, this.said[setting]);
    this.said[setting] = one;
    // Without answers (CLIENT REPLY OFF) they would fill the memory.
    let last: Said = one;
    for (let i = 0; i < MAX_SAID && last.older; i++) last = <Said>last.older;
    if (last.older === null) return;
    last.older = null;
    last.cut = true;
  }

  /** As many commands of a setting as are kept have no answer yet. */
  isCrowded(setting: Setting): bool {
    let one = this.said[setting], count = 0;
    while (one && !one.sure) {
      count++;
      one = one.older;
    }
    return count + 1 >= MAX_SAID;
  }

  /** Bytes that are kept for new lanes and for the transaction's first key. */
  get keptBytes(): i32 {
    let bytes = this.delayed.length;
    for (let i = 0; i < SETTINGS; i++) {
      let one = this.said[i];
      while (one) {
        bytes += one.command.length + one.value.length;
        one = one.older;
      }
    }
    return bytes;
  }

  /** A server has agreed to all settings of a version. */
  agree(version: u32): void {
    for (let i = 0; i < SETTINGS; i++) {
      let one = this.said[i];
      while (one && one.version != version) one = one.older;
      if (one === null) continue;
      one.sure = true;
      one.cut = false;
      one.older = null;
    }
  }

  /** A server has refused, or never got, all settings of a version. */
  revert(version: u32): void {
    for (let i = 0; i < SETTINGS; i++) {
      let one = this.said[i], newer: Said | null = null;
      while (one && one.version != version) {
        newer = one;
        one = one.older;
      }
      if (one === null) continue;
      if (newer) {
        newer.older = one.older;
        newer.cut = newer.cut || one.cut;
      } else {
        this.said[i] = one.cut ? forgottenOf(one) : one.older;
      }
      if (i == Setting.Reply) this.silent = false;
    }
  }

  /** What became of a setting; Unknown too if a later one has taken its place. */
  standing(setting: Setting, version: u32): Standing {
    if (version <= this.forgotten) return Standing.Unknown;
    let one = this.said[setting];
    while (one && one.version != version) {
      if (one.sure && one.version > version) return Standing.Unknown;
      one = one.older;
    }
    return one === null ? Standing.Refused : one.sure ? Standing.Agreed : Standing.Unknown;
  }

  /** A server has answered a RESET: as a new connection, or as before. */
  reset(number: u32, agreed: bool): void {
    if (agreed) this.clear();
    this.resets = number;
    this.resetAgreed = agreed;
  }

  standingOfReset(number: u32): Standing {
    return number > this.resets ? Standing.Unknown : this.resetAgreed ? Standing.Agreed : Standing.Refused;
  }

  get resp3(): bool {
    const hello = this.said[Setting.Hello];
    return hello !== null && hello.value.length == 1 && hello.value[0] == 0x33;
  }

  get subscribed(): bool { return this.channels + this.patterns + this.shards > 0; }

  /** A transaction begins, or has ended. */
  setMulti(state: Multi): void {
    if (state == Multi.Open) this.transaction++;
    this.multi = state;
    this.aborted = false;
    this.delayed = NONE;
    this.delayedCount = 0;
  }

  /** A server has the transaction, and what was delayed of it. */
  begun(): void {
    this.multi = Multi.Sent;
    this.delayed = NONE;
    this.delayedCount = 0;
  }

  /** CLIENT REPLY SKIP. */
  skip(): void {
    this.skipsNext = !this.silent;
    this.skips++;
  }

  delay(at: usize, length: i32): void {
    const old = this.delayed, all = new StaticArray<u8>(old.length + length);
    memory.copy(changetype<usize>(all), changetype<usize>(old), old.length);
    memory.copy(changetype<usize>(all) + old.length, at, length);
    this.delayed = all;
    this.delayedCount++;
  }

  private clear(): void {
    for (let i = 0; i < SETTINGS; i++) this.said[i] = null;
    this.forgotten = this.version;
    this.setMulti(Multi.No);
    this.silent = false;
    this.skipsNext = false;
    this.held = false;
    this.monitor = false;
    this.subscriber = false;
    this.channels = 0;
    this.patterns = 0;
    this.shards = 0;
    this.authenticated = false;
  }
}

/** What stands in the place of settings that are not known any more. */
function forgottenOf(one: Said): Said {
  const rest = new Said(NONE, NONE, one.version, null);
  rest.cut = true;
  return rest;
}

export function copyOf(at: usize, length: i32): StaticArray<u8> {
  const copy = new StaticArray<u8>(length);
  memory.copy(changetype<usize>(copy), at, length);
  return copy;
}
