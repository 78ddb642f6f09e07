import { utf8Bytes } from "./utf8";

/**
 * Secrets that grant access. How long a comparison takes depends on their lengths alone: neither on what is given, nor on
 * where it differs, nor on which one it is.
 */
@final
export class Secrets {
  private texts: StaticArray<u8>[] = [];

  add(text: string): void { this.texts.push(utf8Bytes(text)); }

  /** True if the bytes are one of them. */
  has(at: usize, length: i32): bool {
    if (length == 0) return false;
    let found = 0;
    for (let i = 0; i < this.texts.length; i++) {
      const text = unchecked(this.texts[i]);
      let difference = length ^ text.length;
      for (let j = 0; j < text.length; j++) difference |= <i32>unchecked(text[j]) ^ <i32>load<u8>(at + min(j, length - 1));
      // below zero only if there is no difference
      found |= (difference - 1) & ~difference;
    }
    return found < 0;
  }
}
