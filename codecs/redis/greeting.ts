/** What a new lane is told: the filter's own credentials, then what the client's session has said. */
import { Writer } from "../../assembly/bytes/writer";
import { Credentials } from "./auth";
import { RedisSession, Said, Setting, SETTINGS } from "./session";
import { writeBulk } from "./respWriter";

/** Credentials for servers, by cluster. */
@final
export class Upstreams {
  private clusters: string[] = [];
  private credentials: Credentials[] = [];

  get any(): bool { return this.clusters.length > 0; }

  add(cluster: string, credentials: Credentials): void {
    this.clusters.push(cluster);
    this.credentials.push(credentials);
  }

  of(cluster: string): Credentials | null {
    const at = this.clusters.indexOf(cluster);
    return at < 0 ? null : this.credentials[at];
  }
}

/** The handshake of one lane. */
@final
export class Greeting {
  /** Answers that are still to come. */
  left: i32 = 0;
  /** How many have come. */
  private taken: i32 = 0;
  /** By bit: which answers must be good. */
  private vital: u32 = 0;
  /** The answer to a setting that no server has agreed to yet. */
  private unsure: Said | null = null;
  private unsureSetting: Setting = Setting.Select;
  private unsureAt: i32 = -1;

  write(session: RedisSession, own: Credentials | null, out: Writer): void {
    if (own) {
      out.text("*3\r\n$4\r\nAUTH\r\n");
      writeBulk(out, changetype<usize>(own.user), own.user.length);
      writeBulk(out, changetype<usize>(own.password), own.password.length);
      this.vital |= 1 << this.left++;
    }
    for (let i = 0; i < SETTINGS; i++) {
      const said = session.newest(<Setting>i);
      if (said === null || said.command.length == 0) continue;
      out.bytes(changetype<usize>(said.command), said.command.length);
      if (i == Setting.Reply) continue;
      if (isVital(<Setting>i)) this.expect(<Setting>i, said);
      this.left++;
    }
  }

  private expect(setting: Setting, said: Said): void {
    if (said.sure) {
      this.vital |= 1 << this.left;
      return;
    }
    this.unsure = said;
    this.unsureSetting = setting;
    this.unsureAt = this.left;
  }

  /** An answer has come. False: with this server the session cannot be what it is with others. */
  take(wire: Copied, failed: bool): bool {
    const at = this.taken++, unsure = this.unsure;
    this.left--;
    if (unsure && at == this.unsureAt) wire.copied(this.unsureSetting, unsure.version, failed);
    return !failed || (this.vital >> at & 1) == 0;
  }
}

/** Hears how a server has answered what the client said to another one. */
export interface Copied {
  copied(setting: Setting, version: u32, failed: bool): void;
}

/** Without it, commands would run in another database or be answered in another version. A password is between client and server. */
export function isVital(setting: Setting): bool { return setting == Setting.Hello || setting == Setting.Select; }
