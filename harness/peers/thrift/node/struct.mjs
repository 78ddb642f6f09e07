import { thrift } from "./library.mjs";

const { Type } = thrift.Thrift;

/** One entry for each type: its number, how it is written, and how it is read. */
const scalar = (type, name, shown = (value) => value) => ({ type, write: (out, value) => out[`write${name}`](value), read: (input) => shown(input[`read${name}`]()) });
export const I32 = scalar(Type.I32, "I32"), I64 = scalar(Type.I64, "I64", Number), DOUBLE = scalar(Type.DOUBLE, "Double"), BOOL = scalar(Type.BOOL, "Bool");
export const STRING = scalar(Type.STRING, "String"), BINARY = scalar(Type.STRING, "Binary");

const many = (type, name) => (of) => ({
  type,
  write(out, values) {
    out[`write${name}Begin`](of.type, values.length);
    for (const value of values) of.write(out, value);
    out[`write${name}End`]();
  },
  read(input) {
    const { size } = input[`read${name}Begin`]();
    const values = Array.from({ length: size }, () => of.read(input));
    input[`read${name}End`]();
    return values;
  },
});
export const list = many(Type.LIST, "List"), set = many(Type.SET, "Set");

export const map = (key, of) => ({
  type: Type.MAP,
  write(out, values) {
    const entries = Object.entries(values);
    out.writeMapBegin(key.type, of.type, entries.length);
    for (const [name, value] of entries) {
      key.write(out, name);
      of.write(out, value);
    }
    out.writeMapEnd();
  },
  read(input) {
    const { size } = input.readMapBegin();
    const entries = Array.from({ length: size }, () => [key.read(input), of.read(input)]);
    input.readMapEnd();
    return Object.fromEntries(entries);
  },
});

/** A struct of fields [number, name, type]; its values are plain objects. */
export const struct = (title, fields) => ({
  type: Type.STRUCT,
  write(out, value) {
    out.writeStructBegin(title);
    for (const [number, name, of] of fields) {
      if (value[name] === undefined || value[name] === null) continue;
      out.writeFieldBegin(name, of.type, number);
      of.write(out, value[name]);
      out.writeFieldEnd();
    }
    out.writeFieldStop();
    out.writeStructEnd();
  },
  read(input) {
    const value = {};
    input.readStructBegin();
    for (;;) {
      const { ftype, fid } = input.readFieldBegin();
      if (ftype === Type.STOP) break;
      const [, name, of] = fields.find(([number]) => number === fid) ?? [];
      if (of?.type === ftype) value[name] = of.read(input);
      else input.skip(ftype);
      input.readFieldEnd();
    }
    input.readStructEnd();
    return value;
  },
});
