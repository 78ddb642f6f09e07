import { Session, Wire } from "../../assembly/codec/index";
import { Checker } from "./idl/checker";
import { Scanner } from "./scan";

/** Persistent keys of a connection at most, and bytes of them all: each of its later messages carries them. */
const MAX_PERSISTENT: i32 = 16;
const MAX_PERSISTENT_BYTES: i32 = 4096;

/** How messages are told apart on a wire, once its first bytes have shown it. */
export enum Framing {
  Unknown = 0,
  /** Framed and THeader: each message says which of them it is. */
  Length = 1,
  None = 2,
}

/** What later messages of a client's connection need to know of earlier ones. */
@final
export class ThriftSession extends Session {
  /** Of the last message read, `Frame.a`: for errors where no request was read. */
  shape: u64 = 0;
  known: bool = false;
  /** A server was asked whether it knows Finagle's headers. */
  asks: bool = false;
  /** It has agreed: they stand before each later message, in the protocol of the question. */
  upgraded: bool = false;
  compactHeaders: bool = false;
  /** Keys that hold for all later messages, with their values. */
  keys: Array<StaticArray<u8>> = [];
  values: Array<StaticArray<u8>> = [];
  private bytes: i32 = 0;

  /** Keeps a persistent key with its value, in the place of an older value. False: there are too many. */
  keep(keyAt: usize, keyLength: i32, valueAt: usize, valueLength: i32): bool {
    const i = this.find(keyAt, keyLength);
    if (i < 0) return this.add(keyAt, keyLength, valueAt, valueLength);
    const old = this.values[i];
    if (old.length == valueLength && memory.compare(changetype<usize>(old), valueAt, valueLength) == 0) return true;
    if (this.bytes - old.length + valueLength > MAX_PERSISTENT_BYTES) return false;
    this.bytes += valueLength - old.length;
    this.values[i] = copyOf(valueAt, valueLength);
    return true;
  }

  private add(keyAt: usize, keyLength: i32, valueAt: usize, valueLength: i32): bool {
    if (this.keys.length == MAX_PERSISTENT || <u64>this.bytes + keyLength + valueLength > <u64>MAX_PERSISTENT_BYTES) return false;
    this.bytes += keyLength + valueLength;
    this.keys.push(copyOf(keyAt, keyLength));
    this.values.push(copyOf(valueAt, valueLength));
    return true;
  }

  private find(keyAt: usize, keyLength: i32): i32 {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i];
      if (key.length == keyLength && memory.compare(changetype<usize>(key), keyAt, keyLength) == 0) return i;
    }
    return -1;
  }
}

@final
export class ThriftWire extends Wire {
  framing: Framing = Framing.Unknown;
  /** Walks over messages to their ends. */
  scanner: Scanner | null = null;
  /** With an IDL: bytes of the current request that were checked while more are waited for; 0: none. */
  checked: i32 = 0;
  private checker: Checker | null = null;

  scannerOf(): Scanner {
    let scanner = this.scanner;
    if (scanner === null) this.scanner = scanner = new Scanner();
    return scanner;
  }

  checkerOf(): Checker {
    let checker = this.checker;
    if (checker === null) this.checker = checker = new Checker();
    return checker;
  }

  get own(): ThriftSession { return changetype<ThriftSession>(this.session); }
}

function copyOf(at: usize, length: i32): StaticArray<u8> {
  const bytes = new StaticArray<u8>(length);
  memory.copy(changetype<usize>(bytes), at, length);
  return bytes;
}
