import { now } from "../runtime/clock";
import { ConnectionBase } from "./connectionBase";

/** Looks after connections that are on their way out. */
export interface DrainWatcher {
  /** `leave` of a connection is called often from now on. */
  watch(connection: ConnectionBase): void;
  /** It has gone. */
  forget(connection: ConnectionBase): void;
}

/** How far a connection is on its way out, once the next filter has said that it will close. */
enum Stage {
  No,
  /** It ends when the client has sent nothing for a second. */
  Quiet,
  /** A pause will do. */
  Paused,
  /** No request is taken any more: a client that never pauses must be cut off somewhere, best before any server is asked. */
  Deaf,
}

/**
 * How long a client must be silent, and its last answer be away, before the end. Not at once behind an answer: Dubbo's
 * libraries drop one that comes together with the end, and what a client writes after it can cost it what it has not read.
 */
const QUIET_MS: u64 = 1000;
const PAUSE_MS: u64 = 100;
const DEAF_MS: u64 = 200;

/** When a client was heard, and so when its connection may end without harm. */
@final
export class Drain {
  private stage: Stage = Stage.No;
  /** When the client has sent something last, when it was sent something, and when it was last seen to wait for an answer. */
  private heardAt: u64 = now();
  private saidAt: u64 = 0;
  private busyAt: u64 = 0;

  /** The client was told to go elsewhere, if its protocol can say that. */
  hasParted: bool = false;

  get mayPart(): bool { return this.hasBegun && !this.hasParted; }
  get hasBegun(): bool { return this.stage != Stage.No; }
  /** No request is taken any more. */
  get isDeaf(): bool { return this.stage == Stage.Deaf; }
  /** Milliseconds in which nothing was sent either way. */
  get silence(): u64 { return now() - max(this.heardAt, this.saidAt); }

  heard(): void { this.heardAt = now(); }
  said(): void { this.saidAt = now(); }

  /** `tenths`: how much of the drain time has gone. True: a stage further. */
  advance(tenths: u64): bool {
    const before = this.stage;
    this.stage = tenths < 2 ? Stage.Quiet : tenths < 5 ? Stage.Paused : Stage.Deaf;
    return this.stage != before;
  }

  /** True if this is a moment to end at; `restarted`: silence counts from now on. */
  isMoment(restarted: bool): bool {
    if (restarted) this.busyAt = now();
    const answered = max(this.busyAt, this.saidAt);
    // Deaf, what the client still sends is of no account.
    const since = this.isDeaf ? answered : max(answered, this.heardAt);
    const patience = this.stage == Stage.Quiet ? QUIET_MS : this.stage == Stage.Paused ? PAUSE_MS : DEAF_MS;
    return now() - since >= patience;
  }
}
