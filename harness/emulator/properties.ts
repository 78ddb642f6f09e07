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

/** Paths joined by \0. A context sees its own first, then what is computed for it, then those of its root, then the whole VM's. */
export class Properties {
  private readonly values = new Map<string, Buffer>();
  private readonly declared = new Map<string, boolean>();

  constructor(private readonly parent?: Properties, private readonly compute?: (path: string) => PropertyValue | undefined) {}

  set(path: string[] | string, value: PropertyValue): void {
    this.values.set(typeof path === "string" ? path : path.join("\0"), encodeProperty(value));
  }

  get(path: string): Buffer | undefined {
    const own = this.values.get(path);
    if (own) return own;
    const computed = this.compute?.(path);
    return computed === undefined ? this.parent?.get(path) : encodeProperty(computed);
  }

  /** False: it was declared before. */
  declare(name: string, readOnly: boolean): boolean {
    if (this.declared.has(name)) return false;
    this.declared.set(name, readOnly);
    return true;
  }

  isReadOnly(name: string): boolean { return this.declared.get(name) ?? false; }
}

/** What every stream has: who speaks with whom. */
export function addressed(properties: Properties, id: number): void {
  const port = 40000 + id % 20000;
  properties.set(["connection_id"], id);
  properties.set(["connection", "id"], id);
  properties.set(["connection", "mtls"], false);
  // of a client without TLS it is there, and empty
  properties.set(["connection", "requested_server_name"], "");
  properties.set(["source", "address"], `127.0.0.1:${port}`);
  properties.set(["source", "port"], port);
  properties.set(["destination", "address"], "127.0.0.1:10000");
  properties.set(["destination", "port"], 10000);
}
