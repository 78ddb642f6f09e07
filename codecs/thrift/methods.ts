import { utf8Bytes } from "../../assembly/bytes/utf8";

/** Methods that a configuration names: `method`, of any service, or `service:method`. */
@final
export class Methods {
  private names: Array<StaticArray<u8>> = [];

  /** Configure time only. */
  add(name: string): void { this.names.push(utf8Bytes(name)); }

  /** True if a message's name is one of them; its method is the last `method` bytes of it. */
  has(at: usize, length: i32, method: i32): bool {
    for (let i = 0; i < this.names.length; i++) {
      const name = unchecked(this.names[i]), n = name.length;
      if (n != length && n != method) continue;
      if (memory.compare(changetype<usize>(name), at + length - n, n) == 0) return true;
    }
    return false;
  }
}
