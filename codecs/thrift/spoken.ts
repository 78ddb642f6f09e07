import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { Protocol, Transport } from "./constants";
import { Envelope } from "./decode";

const TRANSPORTS: string[] = ["unframed", "framed", "header"];
const PROTOCOLS: string[] = ["binary", "compact"];
const ALL: i32 = -1;

/** Which transports and protocols a configuration names. */
@final
export class Spoken {
  /** Bit n: the transport n, or PROTOCOLS[n]. */
  private transports: i32 = ALL;
  private protocols: i32 = ALL;
  private guarded: bool = false;
  /** Why the last message is none of them. */
  why: string = "";

  /**
   * `guarded`: both must be named. What reads as a message in one of them is another in the next: a server that speaks another
   * than the filter has taken the bytes for runs what no rule has seen.
   */
  configure(options: Json, guarded: bool, problems: Problems): void {
    this.guarded = guarded;
    this.transports = named(options, "transports", TRANSPORTS, guarded, problems);
    this.protocols = named(options, "protocols", PROTOCOLS, guarded, problems);
  }

  get hasHeader(): bool { return (this.transports & 1 << Transport.HEADER) != 0; }

  /** False: `why` says what the message is not. */
  speaks(envelope: Envelope): bool {
    this.why = "";
    if ((this.transports & 1 << envelope.transport) == 0) this.why = "a transport that the configuration does not allow";
    else if (!envelope.unread) this.check(envelope.message.protocol);
    return this.why.length == 0;
  }

  private check(protocol: i32): void {
    const compact = protocol == Protocol.COMPACT, isMixed = (this.transports & 1 << Transport.UNFRAMED) != 0 && this.transports != 1 << Transport.UNFRAMED;
    if ((this.protocols & (compact ? 2 : 1)) == 0) this.why = "a protocol that the configuration does not allow";
    // Its first bytes are a length as well.
    else if (this.guarded && protocol == Protocol.OLD_BINARY && isMixed) this.why = "a binary message without its version, which may be framed or not";
  }
}

function named(options: Json, field: string, known: string[], guarded: bool, problems: Problems): i32 {
  const allowed = known.join(", ");
  if (!options.has(field)) {
    if (guarded) problems.report("options." + field, "found none with guarding filters (auth, token, jwt, extAuth or rate limits): name those of the servers, of " + allowed);
    return ALL;
  }
  const list = problems.list(options, field);
  let bits = 0;
  for (let i = 0; i < list.length; i++) {
    const at = known.indexOf(list[i].text);
    if (at < 0) {
      problems.wrong(list[i], allowed);
      return ALL;
    }
    bits |= 1 << at;
  }
  if (bits == 0) problems.report("options." + field, "found none, allowed: " + allowed);
  return bits;
}
