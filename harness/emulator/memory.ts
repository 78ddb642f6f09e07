import { Status } from "./abi.ts";

/** The guest's memory, and its allocator as the host calls it: in the middle of a host call. */
export class GuestMemory {
  /** True while the guest allocates: then it may call hardly anything. */
  allocating = false;

  constructor(private readonly memory: WebAssembly.Memory, private readonly allocate: ((size: number) => number) | undefined) {}

  get size(): number { return this.memory.buffer.byteLength; }

  /** A copy of guest bytes; null if they are not all inside of its memory. */
  read(at: number, length: number): Buffer | null {
    const from = at >>> 0, size = length >>> 0;
    return from + size > this.size ? null : Buffer.from(new Uint8Array(this.memory.buffer, from, size));
  }

  u32(at: number, value: number): boolean {
    if ((at >>> 0) + 4 > this.size) return false;
    new DataView(this.memory.buffer).setUint32(at >>> 0, value, true);
    return true;
  }

  u64(at: number, value: bigint): boolean {
    if ((at >>> 0) + 8 > this.size) return false;
    new DataView(this.memory.buffer).setBigUint64(at >>> 0, value, true);
    return true;
  }

  /** Copies bytes into memory that the guest allocates, and writes their address and length where it asked for them. */
  give(bytes: Uint8Array, addressAt: number, lengthAt: number): number {
    let address = 0;
    if (bytes.length > 0) {
      address = this.alloc(bytes.length);
      if (!address || address + bytes.length > this.size) return Status.InvalidMemoryAccess;
      new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    }
    return this.u32(addressAt, address) && this.u32(lengthAt, bytes.length) ? Status.Ok : Status.InvalidMemoryAccess;
  }

  private alloc(size: number): number {
    if (!this.allocate) return 0;
    this.allocating = true;
    try {
      return this.allocate(size) >>> 0;
    } finally {
      this.allocating = false;
    }
  }
}
