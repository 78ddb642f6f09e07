/** What a new lane is told: the filter's own credentials, then what the client's session has said. */
import { Writer } from "../../assembly/bytes/writer";
import { Credentials } from "./auth";
import { Setting, SETTINGS } from "./session";
import { RedisWire } from "./wire";
import { writeBulk } from "./writing";

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

export function writeGreeting(w: RedisWire, own: Credentials | null, out: Writer): void {
  if (own) {
    out.text("*3\r\n$4\r\nAUTH\r\n");
    writeBulk(out, changetype<usize>(own.user), own.user.length);
    writeBulk(out, changetype<usize>(own.password), own.password.length);
    expect(w, true);
  }
  for (let i = 0; i < SETTINGS; i++) {
    const said = w.client.newest(<Setting>i);
    if (said === null || said.command.length == 0) continue;
    out.bytes(changetype<usize>(said.command), said.command.length);
    // Commands would run in another database, or be answered in another version. A password is between client and server.
    if (i != Setting.Reply) expect(w, i == Setting.Hello || i == Setting.Select);
  }
}

function expect(w: RedisWire, vital: bool): void {
  if (vital) w.vital |= 1 << w.greetings;
  w.greetings++;
}

/** An answer has come. False: with this server the session cannot be what it is with others. */
export function takeGreeting(w: RedisWire, failed: bool): bool {
  const good = !failed || (w.vital & 1) == 0;
  w.vital >>= 1;
  w.greetings--;
  return good;
}
