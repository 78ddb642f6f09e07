/** What follows the first byte of a value: up to MAX_FIXED, that many bytes; above, one of `Shape`. */
export const MAX_FIXED: u8 = 8;

/** The order is used: text first, then binary, then what can be or hold the target of a reference. */
export namespace Shape {
  export const TEXT_SHORT: u8 = 16;
  export const TEXT_MIDDLE: u8 = 17;
  export const TEXT_LONG: u8 = 18;
  export const TEXT_CHUNK: u8 = 19;
  export const BYTES_SHORT: u8 = 20;
  export const BYTES_MIDDLE: u8 = 21;
  export const BYTES_LONG: u8 = 22;
  export const BYTES_CHUNK: u8 = 23;
  export const REF: u8 = 24;
  export const LIST: u8 = 32;
  export const LIST_OPEN: u8 = 33;
  export const LIST_TYPED: u8 = 34;
  export const LIST_TYPED_OPEN: u8 = 35;
  export const LIST_SHORT: u8 = 36;
  export const LIST_TYPED_SHORT: u8 = 37;
  export const MAP: u8 = 38;
  export const MAP_TYPED: u8 = 39;
  export const OBJECT: u8 = 40;
  export const OBJECT_SHORT: u8 = 41;
  export const CLASS: u8 = 42;
  export const NONE: u8 = 255;
}

function shapes(): StaticArray<u8> {
  const t = new StaticArray<u8>(256);
  fill(t, 0x00, 0xff, Shape.NONE);
  fill(t, 0x00, 0x1f, Shape.TEXT_SHORT);
  fill(t, 0x20, 0x2f, Shape.BYTES_SHORT);
  fill(t, 0x30, 0x33, Shape.TEXT_MIDDLE);
  fill(t, 0x34, 0x37, Shape.BYTES_MIDDLE);
  fill(t, 0x38, 0x3f, 2); // long
  t[0x41] = Shape.BYTES_CHUNK;
  t[0x42] = Shape.BYTES_LONG;
  t[0x43] = Shape.CLASS;
  t[0x44] = 8; // double
  t[0x46] = 0; // false
  t[0x48] = Shape.MAP;
  t[0x49] = 4; // int
  t[0x4a] = 8; // date, milliseconds
  t[0x4b] = 4; // date, minutes
  t[0x4c] = 8; // long
  t[0x4d] = Shape.MAP_TYPED;
  t[0x4e] = 0; // null
  t[0x4f] = Shape.OBJECT;
  t[0x51] = Shape.REF;
  t[0x52] = Shape.TEXT_CHUNK;
  t[0x53] = Shape.TEXT_LONG;
  t[0x54] = 0; // true
  t[0x55] = Shape.LIST_TYPED_OPEN;
  t[0x56] = Shape.LIST_TYPED;
  t[0x57] = Shape.LIST_OPEN;
  t[0x58] = Shape.LIST;
  t[0x59] = 4; // long
  fill(t, 0x5b, 0x5c, 0); // double 0 and 1
  t[0x5d] = 1; // double
  t[0x5e] = 2;
  t[0x5f] = 4;
  fill(t, 0x60, 0x6f, Shape.OBJECT_SHORT);
  fill(t, 0x70, 0x77, Shape.LIST_TYPED_SHORT);
  fill(t, 0x78, 0x7f, Shape.LIST_SHORT);
  fill(t, 0x80, 0xbf, 0); // int
  fill(t, 0xc0, 0xcf, 1);
  fill(t, 0xd0, 0xd7, 2);
  fill(t, 0xd8, 0xef, 0); // long
  fill(t, 0xf0, 0xff, 1);
  return t;
}

function fill(t: StaticArray<u8>, from: i32, to: i32, shape: u8): void {
  for (let i = from; i <= to; i++) t[i] = shape;
}

/** By the first byte of a value. */
export const SHAPES: StaticArray<u8> = shapes();
