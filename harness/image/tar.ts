import { gzipSync } from "node:zlib";

const BLOCK = 512;

/** A tar archive of one file, in the form of POSIX (ustar): the same bytes for the same content, whoever makes it and when. */
export function tarOf(name: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (at: number, text: string): void => { header.write(text, at, "latin1"); };
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  put(0, name);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(content.length, 11));
  put(136, octal(0, 11));
  put(156, "0");
  put(257, "ustar\0" + "00");
  // the checksum is of the header with blanks in its own place
  put(148, " ".repeat(8));
  put(148, `${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  const padding = Buffer.alloc((BLOCK - content.length % BLOCK) % BLOCK);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}

/** Compressed without the time and the system that gzip writes into its header. */
export function gzipOf(content: Uint8Array): Buffer {
  const packed = gzipSync(content, { level: 9 });
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}
