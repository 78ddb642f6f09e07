import { Writer } from "../../../bytes/writer";
import { FLAGS, HeaderBlock, MAX_HEADER_VALUE, writeHeader, writeHeaderBytes } from "../hpack";
import { STATIC_ENTRIES, staticName, staticValue } from "../hpackStatic";
import { huffmanDecode } from "../huffman";
import { BITS, CODES } from "./huffmanCodes";

function hex(text: string): Writer {
  const out = new Writer();
  const digits = text.replaceAll(" ", "");
  for (let i = 0; i < digits.length; i += 2) out.u8(<i32>parseInt(digits.slice(i, i + 2), 16));
  return out;
}

function hexOf(bytes: Writer): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = <i32>load<u8>(bytes.base + i);
    text += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  return text;
}

/** The decoded text, or "bad". */
function unhuffman(text: string): string {
  const from = hex(text);
  const out = new Writer();
  const n = huffmanDecode(from.base, from.length, out.reserve(200), 200);
  return n < 0 ? "bad" : String.UTF8.decodeUnsafe(out.base, n);
}

const NAMES = ["x-meltemi-upstream", "x-meltemi-flags", "x-meltemi-details", "location", "cache-control", "set-cookie", "accept-encoding"];
const block = new HeaderBlock(NAMES);

function decodes(text: string): bool {
  const bytes = hex(text);
  return block.decode(bytes.base, bytes.length);
}

/** Packs codes bit by bit, filled up with ones. */
class Packer {
  out: Writer = new Writer();
  private hold: u64 = 0;
  private held: i32 = 0;

  add(code: u32, bits: i32): void {
    this.hold = this.hold << bits | code;
    this.held += bits;
    while (this.held >= 8) {
      this.held -= 8;
      this.out.u8(<i32>(this.hold >> this.held) & 0xff);
    }
  }

  finish(): void { if (this.held) this.add((1 << (8 - this.held)) - 1, 8 - this.held); }
}

describe("Huffman", () => {
  it("decodes the code of each byte, alone and all in a row", () => {
    const all = new Packer();
    const out = new Writer();
    const to = out.reserve(256);
    for (let symbol = 0; symbol < 256; symbol++) {
      const one = new Packer();
      one.add(CODES[symbol], BITS[symbol]);
      one.finish();
      expect(huffmanDecode(one.out.base, one.out.length, to, 1)).toBe(1);
      expect(<i32>load<u8>(to)).toBe(symbol);
      all.add(CODES[symbol], BITS[symbol]);
    }
    all.finish();
    expect(huffmanDecode(all.out.base, all.out.length, to, 256)).toBe(256);
    for (let symbol = 0; symbol < 256; symbol++) expect(<i32>load<u8>(to + symbol)).toBe(symbol);
  });

  it("decodes the strings of RFC 7541, C.4 and C.6", () => {
    expect(unhuffman("f1e3 c2e5 f23a 6ba0 ab90 f4ff")).toBe("www.example.com");
    expect(unhuffman("a8eb 1064 9cbf")).toBe("no-cache");
    expect(unhuffman("25a8 49e9 5ba9 7d7f")).toBe("custom-key");
    expect(unhuffman("25a8 49e9 5bb8 e8b4 bf")).toBe("custom-value");
    expect(unhuffman("6402")).toBe("302");
    expect(unhuffman("640e ff")).toBe("307");
    expect(unhuffman("aec3 771a 4b")).toBe("private");
    expect(unhuffman("d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff")).toBe("Mon, 21 Oct 2013 20:13:21 GMT");
    expect(unhuffman("9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3")).toBe("https://www.example.com");
    expect(unhuffman("9bd9 ab")).toBe("gzip");
    expect(unhuffman("94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"))
      .toBe("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    expect(unhuffman("")).toBe("");
  });

  it("refuses EOS, padding of 8 bits and padding that is not of ones", () => {
    expect(unhuffman("ffffffff")).toBe("bad");
    expect(unhuffman("3fffffff ff")).toBe("bad");
    expect(unhuffman("ff")).toBe("bad");
    expect(unhuffman("9bd9 abff")).toBe("bad");
    expect(unhuffman("6400")).toBe("300");
    expect(unhuffman("00")).toBe("bad");
    expect(unhuffman("07")).toBe("0");
    expect(unhuffman("06")).toBe("bad");
  });

  it("counts what has no room and writes nothing beyond", () => {
    const from = hex("f1e3 c2e5 f23a 6ba0 ab90 f4ff");
    const out = new Writer();
    const to = out.reserve(16);
    memory.fill(to, 0x2e, 16);
    expect(huffmanDecode(from.base, from.length, to, 3)).toBe(15);
    expect(String.UTF8.decodeUnsafe(to, 5)).toBe("www..");
  });
});

describe("HPACK requests", () => {
  it("refer to the static table where it is exact and spell the rest", () => {
    const out = new Writer();
    writeHeader(out, ":method", "CONNECT");
    writeHeader(out, ":scheme", "http");
    writeHeader(out, ":authority", "a");
    writeHeader(out, "x-meltemi-cluster", "outbound|80||a");
    writeHeader(out, "cookie", "");
    expect(hexOf(out)).toBe(
      "0207434f4e4e454354" + "86" + "010161" +
      "0011782d6d656c74656d692d636c7573746572" + "0e6f7574626f756e647c38307c7c61" + "0f1100");
  });

  it("write lengths of more than a prefix", () => {
    const out = new Writer();
    const value = "v".repeat(300);
    writeHeader(out, "x-meltemi-flags", value);
    const bytes = new Writer();
    bytes.text("10.0.0.1:80");
    writeHeaderBytes(out, "x-meltemi-upstream", bytes.base, bytes.length);
    expect(block.decode(out.base, out.length)).toBe(true);
    expect(block.text(1)).toBe(value);
    expect(block.text(0)).toBe("10.0.0.1:80");
    expect(block.status).toBe(0);
  });
});

describe("HPACK responses", () => {
  it("read the responses of RFC 7541, C.6.1, that need no table", () => {
    expect(decodes(
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    )).toBe(true);
    expect(block.status).toBe(302);
    expect(block.text(NAMES.indexOf("cache-control"))).toBe("private");
    expect(block.text(NAMES.indexOf("location"))).toBe("https://www.example.com");
    expect(block.length(0)).toBe(-1);
  });

  it("know every status of the static table, and values that come with a name", () => {
    const statuses = [200, 204, 206, 304, 400, 404, 500];
    for (let i = 0; i < 7; i++) {
      expect(decodes((0x88 + i).toString(16))).toBe(true);
      expect(block.status).toBe(statuses[i]);
    }
    expect(decodes("90")).toBe(true);
    expect(block.text(NAMES.indexOf("accept-encoding"))).toBe("gzip, deflate");
  });

  it("read spelled names, never indexed ones too, and a :status that is spelled", () => {
    expect(decodes("10" + "0f" + hexText("x-meltemi-flags") + "02" + hexText("UF") + "00" + "07" + hexText(":status") + "03" + hexText("503"))).toBe(true);
    expect(block.status).toBe(503);
    expect(block.text(1)).toBe("UF");
    expect(decodes("400f" + hexText("x-meltemi-flags") + "00")).toBe(true);
    expect(block.length(1)).toBe(0);
    expect(block.status).toBe(0);
  });

  it("compare values", () => {
    const lane = new HeaderBlock();
    const out = new Writer();
    writeHeader(out, "x-meltemi-upstream", "127.0.0.1:20881");
    expect(lane.decode(out.base, out.length)).toBe(true);
    expect(lane.upstreamIs("127.0.0.1:20881")).toBe(true);
    expect(lane.upstreamIs("127.0.0.1:20882")).toBe(false);
    expect(lane.upstreamIs("127.0.0.1:2088")).toBe(false);
    expect(lane.is(FLAGS, "")).toBe(false);
    expect(lane.decode(out.base, 0)).toBe(true);
    expect(lane.upstreamIs("127.0.0.1:20881")).toBe(false);
  });

  it("keep the first of several values and cut long ones", () => {
    const out = new Writer();
    writeHeader(out, "x-meltemi-details", "d".repeat(2000));
    writeHeader(out, "x-meltemi-details", "second");
    expect(block.decode(out.base, out.length)).toBe(true);
    expect(block.text(2)).toBe("d".repeat(MAX_HEADER_VALUE));
  });

  it("let the table be set to no bytes, at the start only", () => {
    expect(decodes("2088")).toBe(true);
    expect(decodes("202088")).toBe(true);
    expect(decodes("8820")).toBe(false);
    expect(decodes("3fe11f88")).toBe(false);
  });

  it("refuse what is not well-formed", () => {
    expect(decodes("")).toBe(true);
    expect(decodes("80")).toBe(false);
    expect(decodes("be")).toBe(false);
    expect(decodes("ff")).toBe(false);
    expect(decodes("ffffffffffffff")).toBe(false);
    expect(decodes("7f00" + "00")).toBe(false);
    expect(decodes("0001")).toBe(false);
    expect(decodes("000161")).toBe(false);
    expect(decodes("00016105")).toBe(false);
    expect(decodes("007fffffff07")).toBe(false);
    expect(decodes("0803" + hexText("20x"))).toBe(false);
    expect(decodes("0802" + hexText("20"))).toBe(false);
    expect(decodes("0803" + hexText("099"))).toBe(false);
    expect(decodes("8888")).toBe(false);
    expect(decodes("0884ffffffff")).toBe(false);
  });

  it("end cleanly wherever the block is cut, and on any byte changed", () => {
    const whole = hex("4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3");
    for (let i = 0; i < whole.length; i++) {
      block.decode(whole.base, i);
      const byte = load<u8>(whole.base + i);
      for (let other = 0; other < 256; other++) {
        store<u8>(whole.base + i, <u8>other);
        block.decode(whole.base, whole.length);
      }
      store<u8>(whole.base + i, byte);
    }
    expect(block.decode(whole.base, whole.length)).toBe(true);
  });
});

describe("the static table", () => {
  it("has its ends where the RFC has them", () => {
    expect(staticName(1)).toBe(":authority");
    expect(staticName(STATIC_ENTRIES)).toBe("www-authenticate");
    expect(staticName(28)).toBe("content-length");
    expect(staticValue(14)).toBe("500");
  });
});

function hexText(text: string): string {
  const out = new Writer();
  out.text(text);
  return hexOf(out);
}
