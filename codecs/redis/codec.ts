import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Writer } from "../../assembly/bytes/writer";
import { BROKEN, Codec, Expect, Failure, Frame, Mutation, Order, Outcome, PendingRequest, Reason, Session, Verdict, Wire } from "../../assembly/codec/index";
import { unexpected } from "./arguments";
import { Credentials } from "./auth";
import { commit } from "./encode";
import { MAX_HEAD } from "./constants";
import { Mark, numberOf, saysSetting, subscriptionOf } from "./mark";
import { textOf, Words, writeError } from "./errors";
import { Upstreams } from "./greeting";
import { Answer, writeAnswer } from "./local";
import { readReply } from "./reply";
import { readRequest } from "./decode";
import { Multi, RedisSession } from "./session";
import { RedisWire } from "./wire";

/** RESP2, RESP3 and inline commands; see README.md. */
@final
export class RedisCodec extends Codec {
  /** What clients must tell the filter; null: servers ask for themselves. */
  private own: Credentials | null = null;
  /** What the filter tells servers. */
  private upstreams: Upstreams = new Upstreams();
  private words: Words = new Words();

  constructor() {
    super();
    const traits = this.traits;
    traits.order = Order.Strict;
    traits.maxHead = MAX_HEAD + 4096;
    traits.requestKeys = ["command", "subcommand", "key", "channel", "database", "user", "arguments"];
    traits.responseKeys = ["error"];
  }

  /** {"auth": {"username"?, "password"}, "upstreamAuth": {"<cluster>": {"username"?, "password"}}} */
  configure(options: Json, problems: Problems): void {
    problems.unknownFields(options, ["auth", "upstreamAuth"]);
    problems.hide(options, ["auth", "upstreamAuth"]);
    const own = problems.object(options, "auth"), servers = problems.object(options, "upstreamAuth");
    this.own = own ? readCredentials(own, problems) : null;
    this.upstreams = new Upstreams();
    if (!servers) return;
    for (let i = 0; i < servers.names.length; i++) {
      if (!problems.isObject(servers.items[i])) return;
      this.upstreams.add(servers.names[i], readCredentials(servers.items[i], problems));
    }
  }

  code(text: string): i32 { return this.words.code(text); }
  session(): Session { return new RedisSession(); }
  wire(session: Session, lane: bool): Wire {
    const wire = new RedisWire(session, lane);
    wire.stripsCredentials = this.own !== null;
    return wire;
  }
  request(w: Wire, f: Frame): Verdict { return readRequest(changetype<RedisWire>(w), f, this.own, this.upstreams.any); }
  response(w: Wire, f: Frame): Verdict { return readReply(changetype<RedisWire>(w), f); }

  tail(w: Wire, f: Frame): i32 {
    const wire = changetype<RedisWire>(w);
    if (wire.raw) return -1;
    const end = wire.scanner.scan(w.reader, 0);
    if (!wire.scanner.bad) return end;
    w.bad(wire.scanner.found ? unexpected(wire.scanner.found) : "invalid bulk length", 0);
    return BROKEN;
  }

  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 {
    if (mutation.length) return -1;
    if (!w.lane) return commit(changetype<RedisWire>(w), f, out);
    if (f.size < 0) return -1;
    writeError(out, "EXECABORT", "Transaction discarded because of previous errors.");
    return f.size;
  }

  answer(w: Wire, f: Frame, out: Writer): void {
    const session = changetype<RedisSession>(w.session), answer = <Answer>f.b;
    if (f.a & Mark.SKIPPED) session.skipsNext = false;
    switch (answer) {
      case Answer.Multi: session.setMulti(Multi.Open); break;
      case Answer.Queued: session.delay(w.reader.base, f.size); break;
      case Answer.NotInMulti: session.aborted = true; break;
      case Answer.Authenticated: session.authenticated = true; break;
      case Answer.Skip: session.skip(); break;
    }
    if (f.expect != Expect.None) writeAnswer(answer, changetype<RedisWire>(w), out);
  }

  refused(w: Wire, x: PendingRequest, failure: Failure): void {
    const session = changetype<RedisSession>(w.session), mark = x.a, number = numberOf(mark);
    x.a |= Mark.REFUSED;
    if (mark & Mark.SKIPPED && number == session.skips) session.skipsNext = false;
    if (subscriptionOf(mark) >= 0) session.subscriber = session.subscribed;
    if (mark & Mark.HOLDS) session.held = false;
    if (mark & Mark.BEGINS) session.setMulti(Multi.No);
    if (saysSetting(mark)) session.revert(<u32>x.b);
    if (session.multi == Multi.No || number != session.transaction) return;
    if (mark & Mark.QUEUED) session.aborted = true;
    // A server that is gone ends the transaction, and so does one that refuses EXEC; who may not DISCARD is still in it.
    const byRule = failure.reason == Reason.Denied || failure.reason == Reason.RateLimited || failure.reason == Reason.FaultAbort;
    if (mark & Mark.EXEC && byRule && session.multi == Multi.Sent) x.a |= Mark.ORPHAN;
    else if (mark & Mark.EXEC || (mark & Mark.DISCARD && !byRule)) session.setMulti(Multi.No);
  }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    if (x === null) {
      if (failure.reason == Reason.BadRequest) writeError(out, "ERR", "Protocol error: ", w.badWhy);
      else writeError(out, "ERR", textOf(failure));
      return true;
    }
    if (x.begun) return false;
    const session = changetype<RedisSession>(w.session), mark = x.a;
    if (saysSetting(mark) && (mark & Mark.REFUSED) == 0) session.revert(<u32>x.b);
    if (mark & (Mark.QUEUED | Mark.BEGINS) && session.multi != Multi.No && numberOf(mark) == session.transaction) session.aborted = true;
    // Nobody knows what has become of an EXEC that a server got.
    if (mark & Mark.EXEC && mark & (Mark.REFUSED | Mark.ABORTED)) writeError(out, "EXECABORT", "Transaction discarded because of: ", textOf(failure));
    else writeError(out, this.words.of(failure), textOf(failure));
    // A server is inside of a transaction that nobody will end, or has agreed to what nobody knows: it ends with the connection.
    return (mark & Mark.ORPHAN) == 0 && ((mark & Mark.REFUSED) != 0 || (mark & (Mark.RESET | Mark.MONITOR | Mark.REPLICATION)) == 0);
  }

  carrier(w: Wire, x: PendingRequest, out: Writer): bool {
    const session = changetype<RedisSession>(w.session), exec = (x.a & Mark.EXEC) != 0, sent = session.multi == Multi.Sent;
    x.a &= Mark.EXEC | Mark.REFUSED;
    // A PING is queued with the transaction, which must not run then; servers that refuse EXEC end it.
    if (exec) session.setMulti(Multi.No);
    else if (sent) session.aborted = true;
    out.text(exec && sent ? "*1\r\n$7\r\nDISCARD\r\n" : "*1\r\n$4\r\nPING\r\n");
    return true;
  }

  greet(w: Wire, f: Frame | null, out: Writer): Verdict {
    const wire = changetype<RedisWire>(w);
    if (f === null) wire.greeting.write(wire.client, this.upstreams.of(w.cluster), out);
    else if (!wire.greeting.take(wire, f.outcome != Outcome.Ok)) return Verdict.Bad;
    return wire.greeting.left > 0 ? Verdict.Need : Verdict.Head;
  }

  beat(w: Wire, out: Writer): bool {
    const wire = changetype<RedisWire>(w), session = wire.client;
    // Nothing of the filter's own may come between the commands of a transaction.
    if (w.find(0) !== null || session.multi == Multi.Sent || session.silent || session.replica) return false;
    if (wire.monitoring || wire.raw || (wire.subscribed && !wire.resp3)) return false;
    wire.beats++;
    out.text("*1\r\n$4\r\nPING\r\n");
    return true;
  }
}

function readCredentials(json: Json, problems: Problems): Credentials {
  problems.unknownFields(json, ["username", "password"]);
  const user = problems.text(json, "username"), password = problems.needText(json, "password");
  return new Credentials(utf8Bytes(user.length ? user : "default"), utf8Bytes(password));
}
