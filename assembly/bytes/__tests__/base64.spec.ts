import { decodeBase64 } from "../base64";
import { utf8Bytes } from "../utf8";
import { Writer } from "../writer";

function decoded(text: string): string {
  const bytes = utf8Bytes(text), out = new Writer();
  if (!decodeBase64(changetype<usize>(bytes), bytes.length, out)) return out.length ? "half" : "none";
  let hex = "";
  for (let i = 0; i < out.length; i++) {
    const byte = load<u8>(out.base + i);
    hex += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  return hex;
}

describe("decodeBase64", () => {
  // RFC 4648, section 10
  it("decodes the RFC's own examples, padded and not", () => {
    expect(decoded("")).toBe("");
    expect(decoded("Zg==")).toBe("66");
    expect(decoded("Zg")).toBe("66");
    expect(decoded("Zm8=")).toBe("666f");
    expect(decoded("Zm9v")).toBe("666f6f");
    expect(decoded("Zm9vYg==")).toBe("666f6f62");
    expect(decoded("Zm9vYmE")).toBe("666f6f6261");
    expect(decoded("Zm9vYmFy")).toBe("666f6f626172");
  });

  it("knows both alphabets", () => {
    expect(decoded("+/+/")).toBe("fbffbf");
    expect(decoded("-_-_")).toBe("fbffbf");
  });

  it("refuses what is none, and leaves nothing behind", () => {
    expect(decoded("Z")).toBe("none");
    expect(decoded("Zm9v!")).toBe("none");
    expect(decoded("Zm9vY===")).toBe("none");
    expect(decoded("Zg==Zg==")).toBe("none");
    expect(decoded("Zm 9v")).toBe("none");
    expect(decoded("Zh==")).toBe("none");
    expect(decoded("Zm9vYmF")).toBe("none");
  });
});
