import { FieldReader, writeBytes, writeNumber, writeText, writeVarint } from "../protobuf";
import { Writer } from "../writer";

function hex(out: Writer): string {
  let text = "";
  for (let i = 0; i < out.length; i++) text += (load<u8>(out.base + i) < 16 ? "0" : "") + (<u32>load<u8>(out.base + i)).toString(16);
  return text;
}

function walked(bytes: u8[]): string {
  const fields = new FieldReader().reset(bytes.dataStart, bytes.length);
  let text = "";
  while (fields.next()) text += fields.field.toString() + ":" + (fields.length ? fields.text() : fields.value.toString()) + ";";
  return fields.reader.bad ? text + "bad" : text;
}

describe("writing", () => {
  it("encodes the examples of protobuf.dev", () => {
    const out = new Writer();
    writeNumber(out, 1, 150);
    writeText(out, 2, "testing");
    expect(hex(out)).toBe("089601120774657374696e67");
  });

  it("leaves out what proto3 leaves out", () => {
    const out = new Writer();
    writeNumber(out, 1, 0);
    writeText(out, 2, "");
    writeBytes(out, 3, out.base, 0);
    expect(out.length).toBe(0);
  });

  it("writes the largest number in ten bytes", () => {
    const out = new Writer();
    writeVarint(out, u64.MAX_VALUE);
    expect(hex(out)).toBe("ffffffffffffffffff01");
  });
});

describe("reading", () => {
  it("walks fields of every type", () => {
    expect(walked([0x08, 0x96, 0x01, 0x12, 0x01, 0x78])).toBe("1:150;2:x;");
    const fixed: u8[] = [0x0d, 1, 0, 0, 0, 0x11, 2, 0, 0, 0, 0, 0, 0, 0];
    expect(walked(fixed)).toBe("1:1;2:2;");
  });

  it("ends at bytes that are no message", () => {
    expect(walked([0x08])).toBe("bad");
    expect(walked([0x12, 0x05, 0x78])).toBe("bad");
    expect(walked([0x0b])).toBe("bad");
    expect(walked([0x00, 0x01])).toBe("bad");
    expect(walked([0x98, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01])).toBe("bad");
    expect(walked([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])).toBe("bad");
    expect(walked([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).toBe("bad");
  });
});
