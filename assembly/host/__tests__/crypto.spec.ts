import { Writer } from "../../bytes/writer";
import { ecdsaToDer } from "../crypto";

function der(first: u8[], second: u8[]): string {
  const both = first.concat(second), out = new Writer();
  ecdsaToDer(both.dataStart, both.length, out);
  let text = "";
  for (let i = 0; i < out.length; i++) text += (load<u8>(out.base + i) < 16 ? "0" : "") + (<u32>load<u8>(out.base + i)).toString(16);
  return text;
}

// The integers of X.690, 8.3: shortest form, and a zero in front of what would be negative.
describe("ecdsaToDer", () => {
  it("writes two integers", () => expect(der([1, 2], [3, 4])).toBe("300802020102020203" + "04"));
  it("drops zeros in front", () => expect(der([0, 2], [0, 0])).toBe("3006020102020100"));
  it("keeps numbers positive", () => expect(der([0x80, 1], [0, 0xff])).toBe("300902030080010202" + "00ff"));
  it("writes long sequences with a length of two bytes", () => {
    const large = new Array<u8>(66).fill(0xff);
    expect(der(large, large).startsWith("30818a024300ffff")).toBe(true);
  });
});
