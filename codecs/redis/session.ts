import { Session } from "../../assembly/meta/codec";
import { MAX_KEPT } from "./constants";

/** What a connection says once and means for all that follows, in the order in which a new lane is told. */
export enum Setting {
  Hello = 0, Auth = 1, Select = 2, Name = 3, LibraryName = 4, LibraryVersion = 5, NoEvict = 6, NoTouch = 7, ReadOnly = 8, Reply = 9,
}
export const SETTINGS: i32 = 10;

const NONE: StaticArray<u8> = new StaticArray<u8>(0);

/** The command that made a setting, byte for byte, and the one before it, which holds again if a server refuses this one. */
@final
export class Kept {
  command: StaticArray<u8> = NONE;
  version: u32 = 0;
  private before: StaticArray<u8> = NONE;

  /** Keeps a command; an empty or overlong one clears the setting. Returns what `revert` must be given. */
  put(at: usize, length: i32): u32 {
    this.before = this.command;
    this.command = length > 0 && length <= MAX_KEPT ? copyOf(at, length) : NONE;
    return ++this.version;
  }

  /** The server has refused it. False: it was replaced since. */
  revert(version: u32): bool {
    if (version != this.version) return false;
    this.command = this.before;
    return true;
  }

  clear(): void {
    this.command = NONE;
    this.before = NONE;
    this.version++;
  }
}

export enum Multi {
  No = 0,
  /** Answered here; no server knows of it. */
  Open = 1,
  /** A server has it. */
  Sent = 2,
}

/** All that one client connection has said about itself. */
@final
export class RedisSession extends Session {
  settings: StaticArray<Kept> = new StaticArray<Kept>(SETTINGS);
  multi: Multi = Multi.No;
  /** A command of the transaction was refused: EXEC must not run the others. */
  aborted: bool = false;
  /** Commands without keys at its beginning, answered here with QUEUED: they go with the first that has one. */
  delayed: StaticArray<u8> = NONE;
  delayedCount: i32 = 0;
  /** CLIENT REPLY OFF, and SKIP for the next command. */
  silent: bool = false;
  skipsNext: bool = false;
  /** HELLO 3; and before it, for when a server refuses. */
  resp3: bool = false;
  resp3Before: bool = false;
  /** It is a replica: its commands have no answers. */
  replica: bool = false;
  /** Subscriptions, as the server counts them. */
  channels: i32 = 0;
  patterns: i32 = 0;
  shards: i32 = 0;
  database: StaticArray<u8> = ZERO;
  databaseBefore: StaticArray<u8> = ZERO;
  user: StaticArray<u8> = DEFAULT;
  userBefore: StaticArray<u8> = DEFAULT;
  /** It has told the filter the password that the filter asks for. */
  authenticated: bool = false;

  constructor() {
    super();
    for (let i = 0; i < SETTINGS; i++) this.settings[i] = new Kept();
  }

  delay(at: usize, length: i32): void {
    const old = this.delayed, all = new StaticArray<u8>(old.length + length);
    memory.copy(changetype<usize>(all), changetype<usize>(old), old.length);
    memory.copy(changetype<usize>(all) + old.length, at, length);
    this.delayed = all;
    this.delayedCount++;
  }

  /** A transaction begins, or has ended. */
  setMulti(state: Multi): void {
    this.multi = state;
    this.aborted = false;
    this.delayed = NONE;
    this.delayedCount = 0;
  }

  get subscribed(): bool { return this.channels + this.patterns + this.shards > 0; }

  /** RESET: as a new connection. */
  clear(): void {
    for (let i = 0; i < SETTINGS; i++) this.settings[i].clear();
    this.setMulti(Multi.No);
    this.silent = false;
    this.skipsNext = false;
    this.resp3 = false;
    this.channels = 0;
    this.patterns = 0;
    this.shards = 0;
    this.database = ZERO;
    this.user = DEFAULT;
    this.authenticated = false;
  }

  /** A server has refused a setting. */
  revert(setting: Setting, version: u32): void {
    if (!this.settings[setting].revert(version)) return;
    if (setting == Setting.Hello) this.resp3 = this.resp3Before;
    if (setting == Setting.Select) this.database = this.databaseBefore;
    if (setting == Setting.Auth || setting == Setting.Hello) this.user = this.userBefore;
    if (setting == Setting.Reply) this.silent = false;
  }
}

export const ZERO: StaticArray<u8> = copyOf(changetype<usize>(String.UTF8.encode("0")), 1);
export const DEFAULT: StaticArray<u8> = copyOf(changetype<usize>(String.UTF8.encode("default")), 7);

export function copyOf(at: usize, length: i32): StaticArray<u8> {
  const copy = new StaticArray<u8>(length);
  memory.copy(changetype<usize>(copy), at, length);
  return copy;
}
