import { Inflated, Inflater } from "../inflate";
import { bytes } from "./support";

const inflater = new Inflater();

function inflate(spec: string, limit: i32 = 4096): string {
  const m = bytes(spec), status = inflater.run(m.base, m.length, limit);
  if (status == Inflated.Bad) return "bad";
  const text = String.UTF8.decodeUnsafe(inflater.base, inflater.length);
  return status == Inflated.Need ? text + "..." : text;
}

/** What zlib's level 9 makes of TEXT with its letters repeated: a block with codes of its own. */
const DYNAMIC: string = "78da2dcecb0e82400c85e157e903b050c1db1603d19868341add8e3a80221747f0c2d37bdafaedfa379d4c93" +
  "65d65a82076bc5559df31cfd048e55e2ad4aa22449387c18899b6a8ba2aeeb2748d5bb97b2ce213590312bf4" +
  "9aeec6745df705192f42afabd4f3900c944c77ff3b93a6e8fc63d969dca9791461d8c09e2dc44c2d89c230dc" +
  "c29a1dc44a511c231d415eeb89be1af87e10044318b1b198a8e90faac76b09";
const TEXT: string = "the quick brown fox jumps over the lazy dog, and again THE QUICK BROWN FOX 0123456789";

function repeated(): string {
  let text = "";
  for (let i = 0; i < TEXT.length; i++) text += TEXT.charAt(i).repeat(i % 7 + 1);
  return text;
}

describe("inflating", () => {
  it("tells the end of the stream, and what it took", () => {
    const stream = bytes("789c cb48cdc9c90700 062c0215 'more'"), stored = bytes("7801 01 0500 faff 'hello' 062c0215 'more'");
    for (let limit = 1; limit < 8; limit++) {
      inflater.run(stream.base, stream.length, limit);
      expect(inflater.ended).toBe(limit > 5);
      if (inflater.ended) expect(inflater.used).toBe(stream.length - 4);
      inflater.run(stored.base, stored.length, limit);
      expect(inflater.ended).toBe(limit >= 5);
      if (inflater.ended) expect(inflater.used).toBe(stored.length - 4);
    }
    inflater.run(stream.base, 8, 100);
    expect(inflater.ended).toBe(false);
  });

  it("knows stored blocks and fixed codes", () => {
    expect(inflate("7801 01 0500 faff 'hello' 062c0215")).toBe("hello");
    expect(inflate("7801 00 0200 fdff 'he' 01 0300 fcff 'llo' 062c0215")).toBe("hello");
    expect(inflate("789c cb48cdc9c90700 062c0215")).toBe("hello");
  });

  it("knows codes of a block's own", () => {
    expect(inflate(DYNAMIC)).toBe(repeated());
    for (let bits = 1; bits < DYNAMIC.length / 2; bits++) {
      const some = inflate(DYNAMIC.substring(0, bits * 2));
      if (some.endsWith("...")) expect(repeated().startsWith(some.substring(0, some.length - 3))).toBe(true);
    }
  });

  it("copies what went before, and over itself", () => {
    // zlib.compress(b'a' * 40)
    expect(inflate("789c 4b4c240e0000 36eb0f29")).toBe("a".repeat(40));
    expect(inflate("789c 03 02 00")).toBe("bad");
  });

  it("is not kept busy by blocks of nothing", () => {
    const empty = "00 0000 ffff", hello = "01 0500 faff 'hello'";
    expect(inflate("7801" + empty.repeat(63) + hello)).toBe("hello");
    expect(inflate("7801" + empty.repeat(64) + hello)).toBe("bad");
  });

  it("stops where enough is there, and says where more is needed", () => {
    expect(inflate("789c 4b4c240e0000 36eb0f29", 7)).toBe("a".repeat(7));
    expect(inflate("7801 01 0500 faff 'hello'", 2)).toBe("he");
    expect(inflate("7801 01 0500 faff 'he'")).toBe("he...");
    expect(inflate("789c cb48cdc9")).toBe("hel...");
    expect(inflate("78")).toBe("...");
    expect(inflate("")).toBe("...");
  });

  it("refuses what is no zlib", () => {
    const wrong = [
      "7900", "789d 03 00", "78bb 00000000 03 00", "8898 03 00", "789c 07", "7801 01 0500 fafe 'hello'",
      "789c ffffffff", "789c 05 ffffffffffffffff",
    ];
    for (let i = 0; i < wrong.length; i++) expect(inflate(wrong[i])).toBe("bad", wrong[i]);
  });
});
