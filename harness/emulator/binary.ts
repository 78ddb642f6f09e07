/** The signatures in a .wasm file, which the JavaScript API does not show. WebAssembly core specification, 5.5. */
export interface Signature { params: string; results: string }
export interface Shape { imports: { module: string; name: string; kind: string; type?: Signature }[]; exports: Map<string, Signature> }

const LETTERS: Record<number, string> = { 0x7f: "i", 0x7e: "I", 0x7d: "f", 0x7c: "F", 0x7b: "v" };
const KINDS = ["function", "table", "memory", "global", "tag"];
const TYPES = 1, IMPORTS = 2, FUNCTIONS = 3, EXPORTS = 7;

class Bytes {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}
  u8(): number { return this.bytes[this.at++] ?? 0; }
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  name(): string {
    const length = this.leb();
    return new TextDecoder().decode(this.bytes.subarray(this.at, this.at += length));
  }
  times(run: () => void): void { for (let n = this.leb(); n > 0; n--) run(); }
  limits(): void {
    const flags = this.u8();
    this.leb();
    if (flags & 1) this.leb();
  }
}

/** Reads the function signatures of imports and exports from a valid module. */
export function shapeOf(wasm: Uint8Array): Shape {
  const types: Signature[] = [], functions: number[] = [];
  const shape: Shape = { imports: [], exports: new Map() };
  const bytes = new Bytes(wasm);
  const letters = (): string => {
    let text = "";
    bytes.times(() => { text += LETTERS[bytes.u8()] ?? "?"; });
    return text;
  };
  const readImport = (): void => {
    const module = bytes.name(), name = bytes.name(), kind = bytes.u8();
    let type: Signature | undefined;
    if (kind === 0) {
      const index = bytes.leb();
      functions.push(index);
      type = types[index];
    } else if (kind === 1) { bytes.u8(); bytes.limits(); }
    else if (kind === 2) bytes.limits();
    else if (kind === 3) bytes.at += 2;
    else { bytes.u8(); bytes.leb(); }
    shape.imports.push({ module, name, kind: KINDS[kind] ?? "?", ...(type && { type }) });
  };
  const readExport = (): void => {
    const name = bytes.name(), kind = bytes.u8(), index = bytes.leb();
    const type = types[functions[index] ?? -1];
    if (kind === 0 && type) shape.exports.set(name, type);
  };
  bytes.at = 8;
  while (bytes.at < wasm.length) {
    const id = bytes.u8(), size = bytes.leb(), end = bytes.at + size;
    if (id === TYPES) bytes.times(() => { bytes.u8(); types.push({ params: letters(), results: letters() }); });
    else if (id === IMPORTS) bytes.times(readImport);
    else if (id === FUNCTIONS) bytes.times(() => functions.push(bytes.leb()));
    else if (id === EXPORTS) bytes.times(readExport);
    bytes.at = end;
  }
  return shape;
}
