import { Session, Wire } from "../../assembly/codec/index";
import { Arguments } from "./arguments";
import { Scanner } from "./framing";
import { Copied, Greeting } from "./greeting";
import { RedisSession, Setting, SETTINGS, Standing } from "./session";

/** In the place of a setting: RESET. */
const RESET: i32 = SETTINGS;

/** Parse state of a client's stream or a lane's. */
@final
export class RedisWire extends Wire implements Copied {
  /** Of the request that was read last, and how many of them are looked at. */
  arguments: Arguments = new Arguments();
  wanted: i32 = 0;
  /** They are all that is wanted of that request: the next call begins anew. */
  read: bool = false;
  scanner: Scanner = new Scanner();
  /** Bytes of a reply that the scanner has seen; 0: it has not begun. */
  scanned: i32 = 0;
  /** Heartbeats without an answer yet. */
  beats: i32 = 0;
  greeting: Greeting = new Greeting();
  /** What the server has agreed to. */
  resp3: bool = false;
  /** There are subscriptions: in RESP2, some arrays are messages. */
  subscribed: bool = false;
  monitoring: bool = false;
  /** A stream of replication: no RESP any more. */
  raw: bool = false;
  /** Clients tell their password to the filter, and servers must not see it. */
  stripsCredentials: bool = false;

  /** A setting whose copy this server has answered, while the client's answer is not known yet; -1: none. */
  private doubt: i32 = -1;
  private doubtVersion: u32 = 0;
  private doubtFailed: bool = false;

  constructor(session: Session, lane: bool) { super(session, lane); }

  get client(): RedisSession { return changetype<RedisSession>(this.session); }

  /** This server was sent a copy of a setting. */
  copied(setting: Setting, version: u32, failed: bool): void {
    this.doubt = setting;
    this.doubtVersion = version;
    this.doubtFailed = failed;
  }

  copiedReset(number: u32, failed: bool): void {
    this.doubt = RESET;
    this.doubtVersion = number;
    this.doubtFailed = failed;
  }

  /** What comes is about what clients have asked, and not the filter. */
  get isAnswering(): bool { return this.greeting.left == 0 && this.beats == 0 && this.scanned == 0; }

  /** True if this server has taken a setting that the client was refused, or the other way round. */
  get isOutOfStep(): bool {
    if (this.doubt < 0) return false;
    const standing = this.doubt == RESET ? this.client.standingOfReset(this.doubtVersion) : this.client.standing(<Setting>this.doubt, this.doubtVersion);
    if (standing == Standing.Unknown) return false;
    this.doubt = -1;
    return (standing == Standing.Agreed) == this.doubtFailed;
  }
}
