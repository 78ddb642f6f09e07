import { Writer } from "../../../bytes/writer";
import { readB3, readDecision, readIds, readTraceparent, Sampled, TraceContext, writeB3, writeTraceparent } from "../context";

const context = new TraceContext();

/** What was read, as text; what is no context is "none". */
function told(read: bool): string {
  if (!read) return "none";
  const out = new Writer();
  out.text(context.high.toString(16) + "/" + context.low.toString(16) + "/" + context.span.toString(16) + "/" + (<i32>context.sampled).toString() + (context.random ? "r" : ""));
  return String.UTF8.decodeUnsafe(out.base, out.length);
}

function w3c(text: string): string {
  const bytes = String.UTF8.encode(text);
  context.reset();
  return told(readTraceparent(changetype<usize>(bytes), bytes.byteLength, context));
}

function b3(text: string): string {
  const bytes = String.UTF8.encode(text);
  context.reset();
  return told(readB3(changetype<usize>(bytes), bytes.byteLength, context));
}

describe("traceparent", () => {
  it("reads the example of the recommendation", () => {
    expect(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toBe("4bf92f3577b34da6/a3ce929d0e0e4736/f067aa0ba902b7/1");
    expect(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02")).toBe("4bf92f3577b34da6/a3ce929d0e0e4736/f067aa0ba902b7/0r");
  });

  it("reads later versions, which may be longer", () => {
    expect(w3c("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what")).toBe("4bf92f3577b34da6/a3ce929d0e0e4736/f067aa0ba902b7/1");
    expect(w3c("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what")).toBe("none");
  });

  it("refuses what the recommendation calls invalid", () => {
    expect(w3c("")).toBe("none");
    expect(w3c("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toBe("none");
    expect(w3c("00-00000000000000000000000000000000-00f067aa0ba902b7-01")).toBe("none");
    expect(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")).toBe("none");
    expect(w3c("00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toBe("none");
    expect(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x")).toBe("none");
    expect(w3c("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toBe("none");
    expect(w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0")).toBe("none");
  });

  it("writes what it reads", () => {
    const out = new Writer();
    writeTraceparent(out, 0x4bf92f3577b34da6, 0xa3ce929d0e0e4736, 0x00f067aa0ba902b7, true, false);
    expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    out.reset();
    writeTraceparent(out, 1, 2, 3, false, true);
    expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("00-00000000000000010000000000000002-0000000000000003-02");
  });
});

describe("b3", () => {
  it("reads the examples of b3-propagation", () => {
    expect(b3("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90")).toBe("80f198ee56343ba8/64fe8b2a57d3eff7/e457b5a2e4d86bd1/1");
    expect(b3("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1")).toBe("80f198ee56343ba8/64fe8b2a57d3eff7/e457b5a2e4d86bd1/-1");
    expect(b3("64fe8b2a57d3eff7-e457b5a2e4d86bd1-d")).toBe("0/64fe8b2a57d3eff7/e457b5a2e4d86bd1/1");
    expect(b3("0")).toBe("0/0/0/0");
  });

  it("refuses others", () => {
    expect(b3("")).toBe("none");
    expect(b3("x")).toBe("none");
    expect(b3("64fe8b2a57d3eff7-e457b5a2e4d86bd")).toBe("none");
    expect(b3("64fe8b2a57d3eff7-e457b5a2e4d86bd1-")).toBe("none");
    expect(b3("64fe8b2a57d3eff7-e457b5a2e4d86bd1-7")).toBe("none");
    expect(b3("64fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3")).toBe("none");
    expect(b3("0000000000000000-e457b5a2e4d86bd1-1")).toBe("none");
    expect(context.exists).toBe(false);
  });

  it("reads ids and decisions of headers of their own", () => {
    const bytes = String.UTF8.encode("463ac35c9f6413ad48485a3953bb6124a2fb4a1d1a96d312truefalse1");
    const at = changetype<usize>(bytes);
    context.reset();
    expect(told(readIds(at, 32, at + 32, 16, context))).toBe("463ac35c9f6413ad/48485a3953bb6124/a2fb4a1d1a96d312/-1");
    expect(readIds(at, 31, at + 32, 16, context)).toBe(false);
    expect(readDecision(at + 48, 4, context)).toBe(true);
    expect(<i32>context.sampled).toBe(<i32>Sampled.Yes);
    expect(readDecision(at + 52, 5, context)).toBe(true);
    expect(<i32>context.sampled).toBe(<i32>Sampled.No);
    expect(readDecision(at + 57, 1, context)).toBe(true);
    expect(<i32>context.sampled).toBe(<i32>Sampled.Yes);
    expect(readDecision(at, 3, context)).toBe(false);
  });

  it("writes one header", () => {
    const out = new Writer();
    writeB3(out, 0x80f198ee56343ba8, 0x64fe8b2a57d3eff7, 0xe457b5a2e4d86bd1, true);
    expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1");
  });
});
