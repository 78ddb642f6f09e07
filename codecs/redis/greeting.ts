/** What a new lane is told: the filter's own credentials, then what the client's session has said. */
import { Writer } from "../../assembly/bytes/writer";
import { Credentials } from "./auth";
import { RedisSession, SETTINGS, Setting } from "./session";

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

/** Returns how many answers will come. */
export function writeGreeting(session: RedisSession, own: Credentials | null, out: Writer): i32 {
  let answers = 0;
  if (own) {
    out.text("*3\r\n$4\r\nAUTH\r\n");
    writeBulk(out, own.user);
    writeBulk(out, own.password);
    answers++;
  }
  for (let i = 0; i < SETTINGS; i++) {
    const command = session.settings[i].command;
    if (command.length == 0) continue;
    out.bytes(changetype<usize>(command), command.length);
    if (i != Setting.Reply) answers++;
  }
  return answers;
}

function writeBulk(out: Writer, bytes: StaticArray<u8>): void {
  out.text("$" + bytes.length.toString() + "\r\n");
  out.bytes(changetype<usize>(bytes), bytes.length);
  out.text("\r\n");
}
