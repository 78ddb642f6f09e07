import type { Context } from "./context.ts";

/** Values as CEL gives them: text and bytes as they are, numbers in 8 bytes little endian, truth in one byte. */
export type PropertyValue = string | Uint8Array | number | bigint | boolean;

export function encodeProperty(value: PropertyValue): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value === "boolean") return Buffer.from([value ? 1 : 0]);
  if (typeof value === "object") return Buffer.from(value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

/** Paths joined by \0. A context sees its own first, then those of its root, then the whole VM's. */
export class Properties {
  private readonly values = new Map<string, Buffer>();

  constructor(private readonly parent?: Properties) {}

  set(path: string[] | string, value: PropertyValue): void {
    this.values.set(typeof path === "string" ? path : path.join("\0"), encodeProperty(value));
  }

  get(path: string): Buffer | undefined { return this.values.get(path) ?? this.parent?.get(path); }
}

/** Envoy takes a path with or without the trailing \0 that some SDKs write. */
export function readProperty(context: Context, path: Buffer): Buffer | undefined {
  return context.properties.get(path.toString("latin1").replace(/\0$/, ""));
}
