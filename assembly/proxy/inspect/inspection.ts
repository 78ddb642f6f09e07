import { Writer } from "../../bytes/writer";
import { Codec } from "../../codec/codec";
import { Direction, Expect, Kind, Verdict } from "../../codec/enums";
import { RequestFinder, Session } from "../../codec/wire";
import { Frame } from "../../codec/frame";
import { PendingRequest } from "../../codec/pendingRequest";
import { Change, Edit } from "../../codec/mutation";
import { Side } from "./side";

/** The open exchanges of an inspection, which has one lane. */
class OpenRequests extends RequestFinder {
  readonly list: PendingRequest[] = [];
  /** Ordinals of the exchanges of `list`, from 1. */
  readonly ordinals: i32[] = [];

  find(key: u64): PendingRequest | null {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].key == key) return this.list[i];
    return null;
  }
}

/** One client and one server speaking a protocol, seen through its codec: the framework's rules without its network. */
@final
export class Inspection {
  readonly client: Side;
  readonly lane: Side;
  /** The last message of the client, for replies and the like. */
  lastRequest: PendingRequest = new PendingRequest();
  /** Ordinal of the request that the last reply belongs to; 0: of none. */
  matched: i32 = 0;
  greeting: bool = false;
  private readonly open: OpenRequests = new OpenRequests();
  private count: i32 = 0;

  constructor(readonly codec: Codec) {
    const session: Session = codec.session();
    this.client = new Side(codec, codec.wire(session, false), Direction.Request);
    this.lane = new Side(codec, codec.wire(session, true), Direction.Response);
    this.lane.wire.finder = this.open;
  }

  side(direction: Direction): Side { return direction == Direction.Request ? this.client : this.lane; }

  /** Asks for a key; its slot, or -1 if the codec never supplies it. */
  want(name: string, direction: Direction): i32 {
    const slot = this.codec.supplies(name, direction) ? this.codec.slot(name, direction) : -1, f = this.side(direction).frame;
    if (slot < 0) return -1;
    if (slot >= f.wanted.length) {
      const wider = new StaticArray<u8>(slot + 1);
      for (let i = 0; i < f.wanted.length; i++) wider[i] = f.wanted[i];
      f.wanted = wider;
    }
    f.wanted[slot] = 1;
    return slot;
  }

  /** Opens an exchange for a request, or finds and closes that of a reply. */
  correlate(side: Side, f: Frame): void {
    this.matched = 0;
    if (side.direction == Direction.Request) this.opens(f);
    else if (f.kind == Kind.Call || f.kind == Kind.Setup) this.closes(f);
  }

  /** Adds a change; null, or why it cannot be made. */
  mutate(direction: Direction, change: Change, name: string, value: string): string | null {
    const slot = this.codec.slot(name, direction);
    if (slot < 0) return "the codec does not supply this key";
    if (!this.codec.settable(slot, direction)) return "the codec cannot change this key";
    const edit = new Edit();
    edit.change = change;
    edit.slot = slot;
    edit.name = bytesOf(name);
    const bytes = bytesOf(value);
    edit.setValue(changetype<usize>(bytes), bytes.length);
    this.side(direction).mutation.add(edit);
    return null;
  }

  /** Starts the handshake of a new lane: its answers are not taken for replies until it ends. */
  greet(out: Writer): Verdict {
    const verdict = this.codec.greet(this.lane.wire, null, out);
    this.greeting = verdict == Verdict.Need;
    return verdict;
  }

  /** Goes on with the handshake after an answer. */
  greeted(f: Frame, out: Writer): Verdict {
    const verdict = this.codec.greet(this.lane.wire, f, out);
    this.greeting = verdict == Verdict.Need;
    return verdict;
  }

  private opens(f: Frame): void {
    const x = new PendingRequest();
    x.key = f.key;
    x.a = f.a;
    x.b = f.b;
    if (f.kind == Kind.Call || f.kind == Kind.Setup || f.kind == Kind.Local) this.lastRequest = x;
    if (f.kind != Kind.Call && f.kind != Kind.Setup) return;
    this.count++;
    if (f.expect == Expect.None) return;
    this.open.list.push(x);
    this.open.ordinals.push(this.count);
  }

  private closes(f: Frame): void {
    const named = f.request, x = named ? named : this.open.find(f.key);
    if (x === null) return;
    const at = this.open.list.indexOf(x);
    if (at < 0) return;
    x.begun = true;
    this.matched = this.open.ordinals[at];
    if (!f.last) return;
    this.open.list.splice(at, 1);
    this.open.ordinals.splice(at, 1);
  }
}

function bytesOf(text: string): StaticArray<u8> {
  const bytes = new StaticArray<u8>(String.UTF8.byteLength(text));
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, changetype<usize>(bytes));
  return bytes;
}
