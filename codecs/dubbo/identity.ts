import { Frame } from "../../assembly/codec/index";
import { Key } from "./constants";
import { Text, Walker } from "./hessian";

const COLON: u8 = 0x3a, SLASH: u8 = 0x2f;
/** What Java's clients write for no version, and its servers take for none (BaseServiceMetadata.java, buildServiceKey). */
const NO_VERSION: StaticArray<u8> = [0x30, 0x2e, 0x30, 0x2e, 0x30];

/**
 * What servers make the key of a service of, `group/path:version`. Java takes each of them from the attachments, otherwise from
 * the head (DecodeableRpcInvocation.java); dubbo-go from the attachments only, the path from `path`, otherwise `interface`
 * (protocol/dubbo/dubbo_codec.go, RPCInvocation.ServiceKey). Of one request at a time: `begin` before each.
 */
@final
export class Identity {
  /** Offset of a value with a character that parts a key; 0: there is none. */
  foulAt: i32 = 0;
  /** Some of it is there and cannot be read. */
  private isDark: bool = false;
  /** The head names a version, and some attachment does. */
  private headVersion: bool = false;
  private version: bool = false;

  begin(): void {
    this.foulAt = 0;
    this.isDark = false;
    this.headVersion = false;
    this.version = false;
  }

  /** A string of the head that the walker has just read. */
  field(slot: i32, kind: Text, walker: Walker, f: Frame): void {
    if (slot != Key.INTERFACE && slot != Key.VERSION) return;
    this.look(kind, walker, f);
    if (slot == Key.VERSION) this.headVersion = kind != Text.Null && !isNoVersion(f.metadata.base + walker.at, walker.length);
  }

  /** An attachment of such a name. */
  attachment(slot: i32, kind: Text, walker: Walker, f: Frame): void {
    this.look(kind, walker, f);
    if (slot == Key.VERSION && kind != Text.Null) this.version = true;
  }

  /** Behind the attachments; `there`: a map of them, or null, for which dubbo-go puts one that has the head's path alone. */
  settle(f: Frame, there: bool): void {
    if (this.isDark) {
      f.hide(Key.INTERFACE);
      f.hide(Key.GROUP);
    }
    if (this.isDark || (there && this.headVersion && !this.version)) {
      f.hide(Key.VERSION);
      f.why = this.isDark ? "path, interface, version or group is not plain text" : "the version is not among the attachments, where dubbo-go reads it";
    } else if (!this.headVersion && !this.version) {
      f.alias(Key.VERSION, changetype<usize>(NO_VERSION), NO_VERSION.length);
    }
  }

  private look(kind: Text, walker: Walker, f: Frame): void {
    if (kind == Text.Null) return;
    if (kind != Text.Plain) {
      this.isDark = true;
      return;
    }
    const at = f.metadata.base + <usize>walker.at;
    for (let i = 0; i < walker.length && this.foulAt == 0; i++) {
      const c = load<u8>(at + i);
      if (c == COLON || c == SLASH) this.foulAt = walker.at + i;
    }
  }
}

/** Empty, or 0.0.0. */
function isNoVersion(at: usize, length: i32): bool {
  return length == 0 || (length == NO_VERSION.length && memory.compare(at, changetype<usize>(NO_VERSION), length) == 0);
}
