import { PairReader, PairWriter } from "../pairs";
import { Writer } from "../writer";

/** As Envoy's host wrote it for {":method": "GET", "a": ""}: ABI 0.2.1, "Serialized maps". */
const TWO: u8[] = [
  2, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64, 0, 0x47, 0x45, 0x54, 0, 0x61, 0, 0,
];

function listed(bytes: u8[], size: i32): string {
  const reader = new PairReader();
  const good = reader.reset(bytes.dataStart, size);
  let text = good ? "" : "bad ";
  while (reader.next()) text += reader.name() + "=" + reader.value() + ";";
  return text;
}

describe("PairWriter", () => {
  it("writes what the host reads", () => {
    const whole = new PairWriter().add(":method", "GET").add("a", "").encode();
    expect(whole.length).toBe(TWO.length);
    for (let i = 0; i < TWO.length; i++) expect(load<u8>(whole.base + i)).toBe(TWO[i], i.toString());
  });

  it("writes nothing for no pairs, and begins anew", () => {
    const pairs = new PairWriter();
    expect(pairs.encode().length).toBe(0);
    pairs.add("x", "y").encode();
    expect(pairs.reset().encode().length).toBe(0);
  });

  it("takes bytes as well as text", () => {
    const value = new Writer();
    value.text("ü");
    const whole = new PairWriter().addBytes(value.base, value.length, value.base, value.length).encode();
    expect(whole.length).toBe(4 + 8 + 3 + 3);
  });
});

describe("PairReader", () => {
  it("walks pairs and finds names", () => {
    expect(listed(TWO, TWO.length)).toBe(":method=GET;a=;");
    const reader = new PairReader();
    reader.reset(TWO.dataStart, TWO.length);
    expect(reader.find("a")).toBe(true);
    expect(reader.valueIs("")).toBe(true);
    expect(reader.find(":method")).toBe(false);
  });

  it("takes no bytes for no pairs", () => {
    expect(listed([], 0)).toBe("");
    expect(listed([0, 0, 0, 0], 4)).toBe("");
  });

  it("ends where lengths do not fit", () => {
    for (let size = 1; size < TWO.length; size++) expect(listed(TWO, size).includes("a=;")).toBe(false, size.toString());
    expect(listed([255, 255, 255, 255, 0, 0, 0, 0], 8)).toBe("bad ");
    expect(listed([1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0], 14)).toBe("");
  });
});
