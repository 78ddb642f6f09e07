import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import {
  Codec, Direction, Expect, Failure, failureText, Frame, Kind, Mutation, Order, Outcome, PendingRequest, Presence, Traits, Verdict, Wire,
} from "../../assembly/codec/index";
import { Names, readAttachments } from "./attachments";
import { argumentCount, DOUBTFUL, FIELDS, isGeneric, LAST_FIELD, METHOD_FIELD, resultType, skipArguments, skipResult } from "./decode";
import {
  ATTACHMENT_PREFIX, BEAT, EVENT, HEADER, HESSIAN2, Key, MAX_EVENT, MAX_FRAME, MAX_HEAD, PAYLOAD, ReplyKey, REQUEST,
  REQUEST_KEYS, RESPONSE_KEYS, Result, Status, TWO_WAY,
} from "./constants";
import {
  exceptionCode, parseCode, RPC_EXCEPTION, RPC_EXCEPTION_LEGACY, statusOf, writeException, writeStatus,
} from "./errors";
import * as frame from "./framing";
import { Fault, Text, Walker } from "./hessian";
import { serializationName, statusText } from "./tables";
import { Identity } from "./identity";
import { Rewriter } from "./encode";
import { Spellings } from "./spellings";
import { Client, clientOf } from "./version";
import { writeNull } from "./hessianWriter";

/** Bytes that are asked for first when the beginning of a body is enough. */
const FIRST_BYTES: i32 = 256;

/** Dubbo2, Hessian 2.0 bodies. See README.md beside this file for what it reads and what it leaves out. */
@final
export class DubboCodec extends Codec {
  private walker: Walker = new Walker();
  /** The frame's own bytes, when more follow in the buffer. */
  private body: Reader = new Reader();
  private requestNames: Names = new Names();
  private responseNames: Names = new Names();
  private rewriter!: Rewriter;
  private beats: u32 = 0;
  private strict: bool = false;
  private payload: i32 = MAX_FRAME;
  private identity: Identity = new Identity();
  private spellings: Spellings = new Spellings();

  constructor() {
    super();
    this.traits = dubboTraits();
    this.rewriter = new Rewriter(this.walker);
  }

  /**
   * `strict`: what servers read in different ways is hidden or refused: README.md. It costs waiting for whole frames
   * wherever a rule reads what servers take from attachments. `payload`: bytes of a request's body that servers take.
   */
  configure(options: Json, problems: Problems): void {
    const names = this.requestNames;
    problems.unknownFields(options, ["strict", "payload"]);
    this.strict = this.rewriter.strict = problems.bool(options, "strict", this.guarded);
    this.payload = <i32>problems.int(options, "payload", this.strict ? PAYLOAD : MAX_FRAME, 1, MAX_FRAME);
    names.dropIdentity();
    names.identity = this.strict ? this.identity : null;
    if (!this.strict) return;
    names.addIdentity("path", Key.INTERFACE);
    names.addIdentity("interface", Key.INTERFACE);
    names.addIdentity("version", Key.VERSION);
    names.addIdentity("group", Key.GROUP);
  }

  /**
   * Beside the fixed keys, any attachment by its name, or by `attachment.NAME`: the long spelling is needed for one that
   * has the name of a fixed key.
   */
  slot(name: string, direction: Direction): i32 {
    const request = direction == Direction.Request;
    const known = request ? REQUEST_KEYS : RESPONSE_KEYS;
    let spelled = name.toLowerCase();
    let attachment = spelled;
    if (spelled.startsWith(ATTACHMENT_PREFIX)) {
      attachment = spelled.substring(ATTACHMENT_PREFIX.length);
      if (attachment.length == 0) return -1;
      if (!known.includes(attachment)) spelled = attachment;
    }
    const slot = super.slot(spelled, direction);
    if (slot >= known.length || (request && slot == Key.GROUP)) {
      (request ? this.requestNames : this.responseNames).add(attachment, slot);
    }
    return slot;
  }

  code(text: string): i32 { return parseCode(text); }

  request(w: Wire, f: Frame): Verdict {
    const verdict = frame.readHeader(w, f);
    if (verdict != Verdict.Head) return verdict;
    const r = w.reader;
    // Java 2.7 throws such a frame's header away and takes what follows for frames of their own.
    if (f.size - HEADER > this.payload) return w.bad("a body longer than the payload that servers accept", 12);
    if (!frame.isRequest(r)) {
      f.kind = Kind.Drop;
      return Verdict.Head;
    }
    if (frame.isEvent(r)) return this.event(w, f);
    f.b = frame.serializationOf(r);
    if (f.wants(Key.SERIALIZATION)) f.putText(Key.SERIALIZATION, serializationName(<i32>f.b));
    if (f.b == HESSIAN2) return this.invocation(w, f);
    for (let i = 0; i <= LAST_FIELD; i++) f.hide(unchecked(FIELDS[i]));
    this.requestNames.hide(f);
    return Verdict.Head;
  }

  response(w: Wire, f: Frame): Verdict {
    const verdict = frame.readHeader(w, f);
    if (verdict != Verdict.Head) return verdict;
    const r = w.reader;
    if (frame.isRequest(r)) return this.fromServer(w, f);
    f.code = frame.statusOf(r);
    if (frame.isEvent(r)) {
      // The answer to a heartbeat: a carrier's, or the codec's own.
      const x = w.find(f.key);
      if (x && x.carried) f.request = x;
      else f.kind = Kind.Drop;
      return Verdict.Head;
    }
    if (f.wants(ReplyKey.STATUS)) f.putText(ReplyKey.STATUS, statusText(f.code));
    if (f.wants(ReplyKey.SERIALIZATION)) f.putText(ReplyKey.SERIALIZATION, serializationName(frame.serializationOf(r)));
    f.outcome = outcomeOf(f.code);
    if (f.code != Status.OK) return Verdict.Head;
    if (frame.serializationOf(r) == HESSIAN2) return this.result(w, f);
    this.responseNames.hide(f);
    return Verdict.Head;
  }

  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 {
    const r = w.reader;
    const request = frame.isRequest(r);
    if (frame.isEvent(r) || frame.serializationOf(r) != HESSIAN2 || f.size > MAX_HEAD) return -1;
    if (!request && frame.statusOf(r) != Status.OK) return -1;
    if (r.size < f.size) return 0;
    this.body.reset(r.base, f.size);
    if (request) return this.rewriter.request(this.body, this.requestNames, mutation, out);
    const x = f.request ? f.request : w.find(f.key);
    return this.rewriter.reply(this.body, this.responseNames, x, mutation, out);
  }

  answer(w: Wire, f: Frame, out: Writer): void {
    const r = w.reader;
    const start = frame.beginFrame(out, EVENT | frame.serializationOf(r), Status.OK, f.key);
    // Null in the serialization of the one who asked.
    out.copy(r, HEADER, f.size - HEADER);
    frame.endFrame(out, start);
  }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    if (!x) return false;
    const code = exceptionCode(failure);
    // Java refuses a result in another serialization than the request's, but reads an error text in any it has.
    if (code >= 0 && x.b == HESSIAN2) {
      const name = x.a & Client.LEGACY ? RPC_EXCEPTION_LEGACY : RPC_EXCEPTION;
      writeException(out, x.key, name, code, failureText(failure));
    } else {
      writeStatus(out, x.key, statusOf(failure), failureText(failure));
    }
    return true;
  }

  carrier(w: Wire, x: PendingRequest, out: Writer): bool {
    writeHeartbeat(out, x.key);
    return true;
  }

  beat(w: Wire, out: Writer): bool {
    writeHeartbeat(out, BEAT | <u64>(this.beats++));
    return true;
  }

  /** The event READONLY, as a server sends it that goes (DubboProtocol.java, HeaderExchangeServer.java). */
  goodbye(w: Wire, out: Writer): bool {
    const start = frame.beginFrame(out, REQUEST | EVENT | HESSIAN2, 0, BEAT | <u64>(this.beats++));
    out.u8(1);
    out.u8(0x52);
    frame.endFrame(out, start);
    return true;
  }

  /** An event from either side: asked for an answer, or a word of the server on its own state. */
  private event(w: Wire, f: Frame): Verdict {
    if (f.size > HEADER + MAX_EVENT) {
      // Its answer would be a heartbeat's: an error is none.
      f.expect = Expect.None;
      return w.bad("event too long", 12);
    }
    if (w.reader.size < f.size) return w.wants(f.size);
    f.head = f.size;
    f.kind = frame.isTwoWay(w.reader) ? Kind.Ping : Kind.Drop;
    return Verdict.Head;
  }

  /** A request that the server sends: a heartbeat, the notice that it goes, or a call back to the client. */
  private fromServer(w: Wire, f: Frame): Verdict {
    if (!frame.isEvent(w.reader)) {
      // The client's answer would find no way back.
      f.kind = frame.isTwoWay(w.reader) ? Kind.Drop : Kind.Push;
      return Verdict.Head;
    }
    const verdict = this.event(w, f);
    // READONLY_EVENT is the string "R": in every serialization that has it as text the body ends so.
    if (verdict == Verdict.Head && f.kind == Kind.Drop && w.reader.peek(f.size - 1) == 0x52) w.draining = true;
    return verdict;
  }

  /** The body of a request: version, interface, service version, method, parameter types, arguments, attachments. */
  private invocation(w: Wire, f: Frame): Verdict {
    const body = this.body;
    const walker = this.walker;
    const wanted = this.requestNames.wanted(f);
    const whole = wanted && f.size <= MAX_HEAD;
    if (whole && w.reader.size < f.size) return w.wants(f.size);
    if (wanted && !whole) this.requestNames.hide(f);
    body.reset(w.reader.base, min(w.reader.size, f.size));
    body.at = HEADER;
    walker.begin(this.strict);
    this.identity.begin();
    let last = whole ? LAST_FIELD : lastWanted(f);
    let generic = false;
    let kind = Text.Null;
    for (let i = 0; i <= last; i++) {
      f.head = body.at;
      kind = walker.text(body);
      if (body.bad) return this.cutShort(w, f);
      if (i == 0 && kind == Text.Plain) f.a = clientOf(body.base + walker.at, walker.length);
      if (i == METHOD_FIELD && kind == Text.Plain && isGeneric(body, walker)) {
        // The real method is the first argument, its parameter types are in the second.
        generic = true;
        last = LAST_FIELD;
      } else if (generic) {
        f.hide(Key.PARAMETERS);
      } else {
        this.field(f, unchecked(FIELDS[i]), kind, walker.at, walker.length);
      }
    }
    f.head = whole ? f.size : body.at;
    return generic || whole ? this.behindTypes(w, f, kind, generic, whole) : Verdict.Head;
  }

  /** The walker has just read the parameter types: what follows are the arguments and the attachments. */
  private behindTypes(w: Wire, f: Frame, types: Text, generic: bool, whole: bool): Verdict {
    const body = this.body;
    let count = argumentCount(body, this.walker, types, this.strict);
    if (count == DOUBTFUL) return w.bad("parameter types that servers count differently", this.walker.at);
    if (count < 0) this.requestNames.hide(f);
    if (generic) {
      if (count < 1) f.hide(Key.METHOD);
      else if (!this.genericMethod(f)) return this.cutShort(w, f);
      if (!whole) f.head = body.at;
      count--;
    }
    if (!whole || count < 0) return Verdict.Head;
    skipArguments(body, this.walker, count);
    if (body.bad || !readAttachments(body, this.walker, this.requestNames, f)) return this.cutShort(w, f);
    if (!this.strict) return Verdict.Head;
    if (body.left > 0) return w.bad("bytes after the attachments", body.at);
    const foulAt = this.identity.foulAt;
    return foulAt ? w.bad("':' or '/' in path, interface, version or group, which part the key of a service", foulAt) : Verdict.Head;
  }

  /** One of the strings that a body begins with, or the method of a generic call. */
  private field(f: Frame, slot: i32, kind: Text, at: i32, length: i32): void {
    put(f, slot, kind, at, length);
    if (!this.strict) return;
    if (slot == Key.METHOD && kind == Text.Plain) this.spellings.add(f, at, length);
    else this.identity.field(slot, kind, this.walker, f);
  }

  /** Reads the first argument of a generic call; false if the bytes end in it. */
  private genericMethod(f: Frame): bool {
    const body = this.body;
    const walker = this.walker;
    if (!walker.isText(body.peek(body.at))) {
      walker.skip(body);
      if (body.bad) return false;
      f.hide(Key.METHOD);
      return true;
    }
    const kind = walker.text(body);
    if (body.bad) return false;
    // Java trims it (GenericFilter.java).
    let at = walker.at;
    let end = at + walker.length;
    while (at < end && body.peek(at) <= 0x20) at++;
    while (at < end && body.peek(end - 1) <= 0x20) end--;
    this.field(f, Key.METHOD, kind, at, end - at);
    return true;
  }

  /** The body could not be read as far as it had to be: more bytes, or another reason. */
  private cutShort(w: Wire, f: Frame): Verdict {
    const body = this.body;
    const fault = this.walker.fault;
    if (fault == Fault.Unreadable) {
      // What lies in or behind it: strings of the head, the method of a generic call, the attachments.
      for (let i = 0; i <= LAST_FIELD; i++) if (f.metadata.presence(unchecked(FIELDS[i])) == Presence.Absent) f.hide(unchecked(FIELDS[i]));
      this.requestNames.hide(f);
      f.why = this.strict ? "a value that servers decode differently, or too deep" : "too deep, or too many classes";
      return Verdict.Head;
    }
    if (fault == Fault.None && body.size < f.size) return w.wants(min(f.size, max(FIRST_BYTES, body.size * 2)));
    if (fault == Fault.None) return w.bad("body ends inside a value", f.size);
    return w.bad("bad hessian value", this.walker.faultAt);
  }

  /** The body of a reply with status OK: what kind of result, the result, attachments. A broken one is passed on. */
  private result(w: Wire, f: Frame): Verdict {
    const names = this.responseNames;
    const wanted = names.wanted(f);
    const whole = wanted && f.size <= MAX_HEAD;
    const need = whole ? f.size : min(f.size, HEADER + 1);
    if (w.reader.size < need) return w.wants(need);
    f.head = need;
    const body = this.body;
    body.reset(w.reader.base, need);
    const type = resultType(body);
    if (type == Result.EXCEPTION || type == Result.EXCEPTION_WITH_ATTACHMENTS) f.outcome = Outcome.Caller;
    if (!wanted) return Verdict.Head;
    if (!whole || type < 0) {
      names.hide(f);
    } else if (type >= Result.EXCEPTION_WITH_ATTACHMENTS) {
      skipResult(body, this.walker, type);
      if (body.bad || !readAttachments(body, this.walker, names, f)) names.hide(f);
    }
    return Verdict.Head;
  }
}

function put(f: Frame, slot: i32, kind: Text, at: i32, length: i32): void {
  if (kind == Text.Plain) f.put(slot, at, length);
  else if (kind != Text.Null) f.hide(slot);
}

/** The last field at the beginning of a body that is worth reading; the first one always is. */
function lastWanted(f: Frame): i32 {
  let i = LAST_FIELD;
  while (i > 0 && !f.wants(unchecked(FIELDS[i]))) i--;
  return i;
}

function outcomeOf(status: i32): Outcome {
  switch (status) {
    case Status.OK: return Outcome.Ok;
    case Status.BAD_REQUEST: case Status.CLIENT_ERROR: case Status.SERIALIZATION_ERROR: return Outcome.Caller;
    default: return Outcome.Server;
  }
}

function writeHeartbeat(out: Writer, id: u64): void {
  const start = frame.beginFrame(out, REQUEST | TWO_WAY | EVENT | HESSIAN2, 0, id);
  writeNull(out);
  frame.endFrame(out, start);
}

function dubboTraits(): Traits {
  const t = new Traits();
  t.order = Order.Free;
  t.maxHead = MAX_HEAD;
  t.maxFrame = MAX_FRAME;
  t.requestKeys = REQUEST_KEYS;
  t.serviceKey = "interface";
  t.responseKeys = RESPONSE_KEYS;
  t.settableRequest = ["*"];
  t.settableResponse = ["*"];
  return t;
}
