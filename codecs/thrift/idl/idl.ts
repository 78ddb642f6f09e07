import { Json } from "../../../assembly/bytes/json";
import { Problems } from "../../../assembly/bytes/problems";
import { Reader } from "../../../assembly/bytes/reader";
import { BROKEN, Expect, Frame, Verdict } from "../../../assembly/codec/index";
import { Protocol, Transport, Type } from "../constants";
import { Envelope } from "../decode";
import { Inflated, Inflater } from "../inflate";
import { Message, Read } from "../message";
import { MAX_DEPTH, Scanner } from "../scan";
import { ThriftWire } from "../wire";
import { ArgumentReader, hideAll } from "./arguments";
import { Checker } from "./checker";
import { ArgumentKeys } from "./keys";
import { Tables } from "./tables";

/** Bytes of a request that is held back until all of it was checked; of a longer one they pass as they are checked. */
const MAX_WHOLE: i32 = 64 << 10;
/** Bytes of a payload after inflating: one that has more cannot be checked. */
const MAX_INFLATED: i32 = 64 << 10;

/** Holds requests against an IDL: methods, kinds of messages, and the types of all that is in their arguments. */
@final
export class Idl {
  readonly keys: ArgumentKeys = new ArgumentKeys();
  private tables: Tables | null = null;
  /** For messages that are there as a whole. */
  private scanner: Scanner = new Scanner();
  private checker: Checker = new Checker();
  private reader: ArgumentReader | null = null;
  private inflater: Inflater | null = null;
  private inflated: Message = new Message();
  private body: Reader = new Reader();

  /** Of the codec's options; null: nothing is checked any more. Configure time only. */
  configure(json: Json | null, problems: Problems): void {
    const tables = json ? new Tables(json, problems) : null;
    this.tables = problems.ok ? tables : null;
    this.keys.use(this.tables);
    if (tables && !this.reader) this.reader = new ArgumentReader(MAX_DEPTH);
    if (tables && !this.inflater) this.inflater = new Inflater();
  }

  get isOn(): bool { return this.tables !== null; }

  /** Checks a call whose name `envelope` has read; as Codec.request. Sets where it ends, as far as that is known. */
  check(w: ThriftWire, f: Frame, envelope: Envelope): Verdict {
    const tables = this.tables!, message = envelope.message;
    if (envelope.unread) return w.bad("a payload that cannot be decoded, and so not checked against the IDL", 0);
    const method = tables.find(envelope.body.base + message.nameAt, message.nameLength), oneway = method >= 0 && tables.isOneway(method);
    if (method < 0) return w.bad("a method that the IDL does not have", message.nameAt);
    if (message.type == Type.ONEWAY && !oneway) return w.bad("a one-way call of a method that is not", message.from);
    if (oneway) f.expect = Expect.None;
    if (envelope.transport == Transport.UNFRAMED) return this.unframed(w, f, method, envelope);
    if (envelope.transport == Transport.HEADER && envelope.header.zlib) return this.deflated(w, f, method, envelope.header.end);
    if (f.size > MAX_WHOLE) return this.begin(w, f, method, message);
    if (w.reader.size < f.size) return w.wants(f.size);
    f.head = f.size;
    f.walked = false;
    return this.whole(w, f, method, message.protocol == Protocol.COMPACT, w.reader.base, message.end, f.size, message.end);
  }

  /** The end of it is found while it is checked; what was looked at is not looked at again when more has come. */
  private unframed(w: ThriftWire, f: Frame, method: i32, envelope: Envelope): Verdict {
    const r = w.reader, message = envelope.message, compact = message.protocol == Protocol.COMPACT;
    if (w.checked == 0) this.start(w, method, message);
    const from = w.checked, ended = w.scanner!.scan(r.base + from, r.size - from);
    if (ended == -1 && r.size < MAX_WHOLE) {
      w.checked = r.size;
      return w.wants(r.size + 1);
    }
    w.checked = 0;
    if (ended == BROKEN) return misfit(w, message.end);
    if (ended < 0) return this.goOn(w, f, method);
    f.head = f.size = from + ended;
    return this.whole(w, f, method, compact, r.base, message.end, f.size, message.end);
  }

  /** A long request of known length: its bytes pass as they are checked, and no rule sees its arguments. */
  private begin(w: ThriftWire, f: Frame, method: i32, message: Message): Verdict {
    const root = this.keys.root(method);
    this.start(w, method, message);
    w.checked = 0;
    if (root) hideAll(root, f);
    return Verdict.Head;
  }

  private start(w: ThriftWire, method: i32, message: Message): void {
    const compact = message.protocol == Protocol.COMPACT, checker = w.checkerOf();
    checker.begin(this.tables!, method, compact);
    w.scannerOf().begin(compact, checker);
    w.checked = message.end;
  }

  /** What has come of an unframed one is fine so far; no rule sees its arguments. */
  private goOn(w: ThriftWire, f: Frame, method: i32): Verdict {
    const root = this.keys.root(method);
    if (root) hideAll(root, f);
    w.checked = 0;
    f.head = w.reader.size;
    f.size = -1;
    return Verdict.Head;
  }

  private deflated(w: ThriftWire, f: Frame, method: i32, at: i32): Verdict {
    if (f.size > MAX_WHOLE) return w.bad("a deflated payload that is too long to be checked against the IDL", at);
    if (w.reader.size < f.size) return w.wants(f.size);
    const inflater = this.inflater!, status = inflater.run(w.reader.base + at, f.size - at, MAX_INFLATED + 1), size = inflater.length, message = this.inflated;
    if (status != Inflated.Done || size > MAX_INFLATED) return w.bad("a deflated payload that cannot be checked against the IDL", at);
    this.body.reset(inflater.base, size);
    if (message.read(this.body) != Read.Done) return w.bad("not a thrift message", at);
    f.head = f.size;
    return this.whole(w, f, method, message.protocol == Protocol.COMPACT, inflater.base, message.end, size, at);
  }

  /** Arguments that are all there, from..end of `base`; `at`: where they are in the frame, for messages. */
  private whole(w: ThriftWire, f: Frame, method: i32, compact: bool, base: usize, from: i32, end: i32, at: i32): Verdict {
    const checker = this.checker, root = this.keys.root(method);
    checker.reader = null;
    const ended = this.run(method, compact, base + from, end - from);
    if (ended == BROKEN) return misfit(w, at);
    if (ended < 0) return w.bad("the frame ends inside the message", f.size);
    if (from + ended < end) return w.bad("bytes after the message in its frame", at + ended);
    if (!root) return Verdict.Head;
    checker.reader = this.reader;
    this.reader!.begin(this.tables!, root, f);
    const again = this.run(method, compact, base + from, end - from);
    checker.reader = null;
    return again == ended ? Verdict.Head : w.bad("an argument that occurs twice", at);
  }

  private run(method: i32, compact: bool, at: usize, size: i32): i32 {
    this.checker.begin(this.tables!, method, compact);
    this.scanner.begin(compact, this.checker);
    return this.scanner.scan(at, size);
  }
}

function misfit(w: ThriftWire, at: i32): Verdict { return w.bad("arguments with fields or types that are not in the IDL", at); }
