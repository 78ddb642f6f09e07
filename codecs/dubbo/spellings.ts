import { Writer } from "../../assembly/bytes/writer";
import { Frame } from "../../assembly/codec/index";
import { Key } from "./constants";

/** First bytes of letters, beyond ASCII, that may have another case; Chinese, Japanese and most of Korean have none. */
function mayHaveCase(lead: u8): bool { return (lead >= 0xc3 && lead <= 0xe2) || lead == 0xea || lead == 0xef; }

/** dubbo-go knows each method by its name with either case of the first letter (common/rpc_service.go, suitableMethods). */
@final
export class Spellings {
  private other: Writer = new Writer(64);

  /** Of the method at an offset of the frame. */
  add(f: Frame, at: i32, length: i32): void {
    if (length == 0 || !f.wants(Key.METHOD)) return;
    const first = f.metadata.base + <usize>at, lead = load<u8>(first), lower = lead | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) {
      const other = this.other;
      other.reset();
      other.bytes(first, length);
      store<u8>(other.base, lead ^ 0x20);
      f.alias(Key.METHOD, other.base, length);
    } else if (mayHaveCase(lead)) {
      f.hide(Key.METHOD);
      f.why = "a method whose first letter may have another case, which dubbo-go treats as equal";
    }
  }
}
