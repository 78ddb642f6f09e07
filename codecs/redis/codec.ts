import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Writer } from "../../assembly/bytes/writer";
import { Codec, Expect, Frame, Order, Session, Verdict, Wire } from "../../assembly/meta/codec";
import { Exchange } from "../../assembly/meta/exchange";
import { Failure, Reason } from "../../assembly/meta/failure";
import { Mutation } from "../../assembly/meta/mutation";
import { Answer, Credentials, wordsOf } from "./auth";
import { commit } from "./commit";
import { Mark, MAX_HEAD } from "./constants";
import { codeOfWord, textOf, wordOf, writeError } from "./errors";
import { Upstreams, writeGreeting } from "./greeting";
import { inTransaction, readReply } from "./reply";
import { readRequest } from "./request";
import { Multi, RedisSession, Setting } from "./session";
import { RedisWire } from "./wire";

/** RESP2, RESP3 and inline commands; see README.md. */
@final
export class RedisCodec extends Codec {
  /** What clients must tell the filter; null: servers ask for themselves. */
  private own: Credentials | null = null;
  /** What the filter tells servers. */
  private upstreams: Upstreams = new Upstreams();

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
    const own = problems.object(options, "auth"), servers = problems.object(options, "upstreamAuth");
    if (own) this.own = readCredentials(own, problems);
    if (!servers) return;
    for (let i = 0; i < servers.names.length; i++) {
      if (!problems.isObject(servers.items[i])) return;
      this.upstreams.add(servers.names[i], readCredentials(servers.items[i], problems));
    }
  }

  code(text: string): i32 { return codeOfWord(text); }
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
    return wire.raw ? -1 : wire.scanner.scan(w.reader, 0);
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
    if (answer == Answer.Multi) session.setMulti(Multi.Open);
    else if (answer == Answer.Authenticated) session.authenticated = true;
    else if (answer == Answer.Queued) session.delay(w.reader.base, f.size);
    if (f.expect == Expect.None) return;
    const words = wordsOf(answer);
    if (words.length) out.text("-" + words + "\r\n");
    else out.text(answer == Answer.Queued ? "+QUEUED\r\n" : "+OK\r\n");
  }

  refused(w: Wire, x: Exchange, failure: Failure): void {
    const session = changetype<RedisSession>(w.session);
    if (x.a & Mark.QUEUED) session.aborted = true;
    const denied = failure.reason == Reason.Denied || failure.reason == Reason.RateLimited || failure.reason == Reason.FaultAbort;
    if (x.a & (Mark.EXEC | Mark.DISCARD) && !denied) session.setMulti(Multi.No);
    const setting = <i32>(x.a >> Mark.SETUP & 0xff) - 1;
    if (setting >= 0) session.revert(<Setting>setting, <u32>x.b);
  }

  reply(w: Wire, x: Exchange | null, failure: Failure, out: Writer): bool {
    if (x === null) writeError(out, "ERR", "Protocol error: " + (w.badWhy.length ? w.badWhy : textOf(failure)));
    else if (x.begun) return false;
    else if (x.a & Mark.EXEC) writeError(out, "EXECABORT", "Transaction discarded because of: " + textOf(failure));
    else writeError(out, wordOf(failure), textOf(failure));
    return true;
  }

  carrier(w: Wire, x: Exchange, out: Writer): bool {
    x.a &= Mark.EXEC;
    out.text("*1\r\n$4\r\nPING\r\n");
    return true;
  }

  greet(w: Wire, f: Frame | null, out: Writer): Verdict {
    const wire = changetype<RedisWire>(w);
    if (f === null) wire.greetings = writeGreeting(wire.client, this.upstreams.of(w.cluster), out);
    else wire.greetings--;
    return wire.greetings > 0 ? Verdict.Need : Verdict.Head;
  }

  beat(w: Wire, out: Writer): bool {
    const wire = changetype<RedisWire>(w);
    if (w.find(0) !== null || wire.subscribed || wire.monitoring || wire.raw || wire.client.silent || inTransaction(wire)) return false;
    wire.beats++;
    out.text("*1\r\n$4\r\nPING\r\n");
    return true;
  }
}

function readCredentials(json: Json, problems: Problems): Credentials {
  problems.unknownFields(json, ["username", "password"]);
  const user = problems.text(json, "username");
  return new Credentials(utf8Bytes(user.length ? user : "default"), utf8Bytes(problems.needText(json, "password")));
}
