import { FieldReader } from "../../../bytes/protobuf";
import { utf8Bytes } from "../../../bytes/utf8";
import { Writer } from "../../../bytes/writer";
import { varintSize, writeEnvelope, writeIntAttribute, writeTextAttribute, writeTextValue } from "../proto";

/** The fields of nested messages as text, following the numbers of a path; what is no message ends it. */
function at(out: Writer, path: i32[]): string {
  let base = out.base, length = out.length;
  for (let i = 0; i < path.length; i++) {
    const fields = new FieldReader().reset(base, length);
    let found = false;
    while (!found && fields.next()) if (fields.field == path[i]) found = true;
    if (!found) return "none";
    if (fields.type == 0) return fields.value.toString();
    base = fields.at;
    length = fields.length;
  }
  return String.UTF8.decodeUnsafe(base, length);
}

function attribute(name: string, value: u8[]): Writer {
  const out = new Writer();
  writeTextAttribute(out, 9, utf8Bytes(name), value.dataStart, value.length);
  return out;
}

describe("attributes", () => {
  it("are KeyValues with an AnyValue", () => {
    const out = attribute("rpc.method", [0x68, 0x69]);
    expect(at(out, [9, 1])).toBe("rpc.method");
    expect(at(out, [9, 2, 1])).toBe("hi");
    out.reset();
    writeIntAttribute(out, 9, utf8Bytes("server.port"), 20880);
    expect(at(out, [9, 2, 3])).toBe("20880");
    out.reset();
    writeIntAttribute(out, 9, utf8Bytes("code"), -1);
    expect(at(out, [9, 2, 3])).toBe("18446744073709551615");
  });

  it("never carry what is no UTF-8", () => {
    expect(at(attribute("k", [0x61, 0xff, 0xc3, 0xa4, 0xc3]), [9, 2, 1])).toBe("a?ä?");
    expect(at(attribute("k", []), [9, 1])).toBe("k");
  });

  it("are cut at a character's end", () => {
    const long = new Array<u8>(299);
    for (let i = 0; i < 299; i++) long[i] = i == 0 ? 0x61 : i % 2 ? 0xc3 : 0xa4;
    const kept = at(attribute("k", long), [9, 2, 1]);
    expect(String.UTF8.byteLength(kept)).toBe(255);
    expect(kept.endsWith("ä")).toBe(true);
  });
});

describe("envelope", () => {
  it("wraps items in resource and scope", () => {
    const resource = attributeless(1, "res"), scope = attributeless(1, "sco"), items = attributeless(2, "item"), out = new Writer();
    writeEnvelope(out, resource, scope, items.length);
    out.bytes(items.base, items.length);
    expect(at(out, [1, 1, 1])).toBe("res");
    expect(at(out, [1, 2, 1, 1])).toBe("sco");
    expect(at(out, [1, 2, 2, 1])).toBe("item");
  });

  it("has lengths of more than a byte", () => {
    expect(varintSize(127)).toBe(1);
    expect(varintSize(128)).toBe(2);
    expect(varintSize(u64.MAX_VALUE)).toBe(10);
  });
});

function attributeless(field: i32, text: string): Writer {
  const out = new Writer(), bytes = utf8Bytes(text);
  writeTextValue(out, field, changetype<usize>(bytes), bytes.length);
  return out;
}
