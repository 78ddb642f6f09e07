import { parseJson } from "../jsonParser";
import { JsonWriter, writeJsonBytes, writeJsonString } from "../jsonWriter";
import { isUtf8 } from "../utf8";
import { Writer } from "../writer";

function written(out: Writer): string { return String.UTF8.decodeUnsafe(out.base, out.length); }

describe("JsonWriter", () => {
  it("writes members and items with their commas", () => {
    const w = new JsonWriter(new Writer(4));
    w.beginObject();
    w.name("a");
    w.beginArray();
    w.int(-1);
    w.uint(u64.MAX_VALUE);
    w.float(2.5);
    w.float(NaN);
    w.beginObject();
    w.endObject();
    w.endArray();
    w.name("b");
    w.bool(false);
    w.name("c");
    w.null();
    w.name("d");
    w.text("x");
    w.name("e");
    w.float(3);
    w.endObject();
    expect(written(w.out)).toBe('{"a":[-1,18446744073709551615,2.5,null,{}],"b":false,"c":null,"d":"x","e":3}');
  });

  it("escapes what JSON does not let stand, and reads back", () => {
    const text = 'a"\\\n\r\t\u0001\u001f\u007f/é中😀';
    const out = new Writer();
    writeJsonString(out, text);
    expect(written(out)).toBe('"a\\"\\\\\\n\\r\\t\\u0001\\u001f\\u007f/é中😀"');
    const back = parseJson(written(out)).value;
    expect(back ? back.text : "").toBe(text);
  });

  it("replaces bytes that are not UTF-8", () => {
    const bad = new Writer();
    bad.u8(0x61);
    bad.u8(0xff);
    bad.u16(0xc080);
    bad.u24(0xeda080);
    bad.u8(0xe4);
    expect(isUtf8(bad.base, bad.length)).toBe(false);
    const out = new Writer();
    writeJsonBytes(out, bad.base, bad.length);
    expect(written(out)).toBe('"a' + "\ufffd".repeat(7) + '"');
    expect(isUtf8(out.base, out.length)).toBe(true);
  });
});
