/** A module whose memory ends early, so that what it asks for more fails. */
const PAGE = 65536, MEMORIES = 5, HEADER = 8;

export const pagesOf = (bytes: number): number => Math.ceil(bytes / PAGE);

/** The same module with a maximum of its memory, in pages of 64 KiB. WebAssembly core specification, 5.5.8. */
export function limited(wasm: Uint8Array, pages: number): Uint8Array {
  for (let at = HEADER; at < wasm.length;) {
    const size = readLeb(wasm, at + 1), start = size.end, end = start + size.value;
    if (wasm[at] === MEMORIES) {
      const count = readLeb(wasm, start), least = readLeb(wasm, count.end + 1), content = Buffer.concat([leb(1), leb(1), leb(least.value), leb(pages)]);
      if (count.value !== 1 || least.value > pages) throw new Error(`a module with ${count.value} memories, of ${least.value} pages or more, cannot be held to ${pages}`);
      return Buffer.concat([wasm.subarray(0, at + 1), leb(content.length), content, wasm.subarray(end)]);
    }
    at = end;
  }
  throw new Error("the module has no memory of its own");
}

function readLeb(bytes: Uint8Array, at: number): { value: number; end: number } {
  for (let value = 0, shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at };
  }
}

function leb(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 0x80)) bytes.push(value % 0x80 + 0x80);
  return Buffer.from([...bytes, value]);
}
