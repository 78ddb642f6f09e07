import { Direction, Expect, Kind, Order, Verdict } from "../../../assembly/codec/index";
import { Writer } from "../../../assembly/bytes/writer";
import { Bench, bytes, HEAD, hexOf, ID, message } from "./support";

const HELLO = HEAD + "<hi> <Ljava/lang/String;> <bob>";
const MAP = "48 <group> <g> <user> <test> <empty> 00 <num> 91 <null> 4e <obj> 7991 5a";
const GENERIC = HEAD + "<$invoke> <Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;>";

const KEYS = ["interface", "version", "method", "parameters", "protocol", "serialization"];

function call(body: string): Writer { return message("c2", "00", ID, body); }

function verdict(b: Bench, m: Writer, n: i32 = -1): i32 { return <i32>b.decode(m, n); }

const NEED: i32 = Verdict.Need;
const HEAD_READ: i32 = Verdict.Head;
const BAD: i32 = Verdict.Bad;

describe("traits", () => {
  it("say what the codec can do", () => {
    const b = new Bench(Direction.Request, []);
    expect(<i32>b.codec.traits.order).toBe(<i32>Order.Free);
    expect(b.codec.traits.lanes).toBe(true);
  });

  it("give both spellings of an attachment one slot", () => {
    const b = new Bench(Direction.Request, []);
    const user = b.codec.slot("User", Direction.Request);
    expect(b.codec.slot("attachment.user", Direction.Request)).toBe(user);
    expect(b.codec.slot("Attachment.USER", Direction.Request)).toBe(user);
    const method = b.codec.slot("method", Direction.Request);
    const attachment = b.codec.slot("attachment.method", Direction.Request);
    expect(attachment != method).toBe(true);
    expect(b.codec.slot("attachment.method", Direction.Request)).toBe(attachment);
    expect(b.codec.settable(user, Direction.Request)).toBe(true);
    expect(b.codec.settable(attachment, Direction.Request)).toBe(true);
    expect(b.codec.settable(method, Direction.Request)).toBe(false);
    expect(b.codec.settable(b.codec.slot("group", Direction.Request), Direction.Request)).toBe(false);
    expect(b.codec.slot("*", Direction.Request)).toBe(-1);
    expect(b.codec.slot("attachment.", Direction.Request)).toBe(-1);
    expect(b.codec.slot("status", Direction.Response)).toBe(0);
  });
});

describe("request head", () => {
  it("says who is called", () => {
    const b = new Bench(Direction.Request, KEYS);
    const m = call(HELLO + MAP);
    expect(verdict(b, m)).toBe(HEAD_READ);
    expect(b.frame.size).toBe(m.length);
    expect(b.frame.head).toBe(16 + 6 + 7 + 6 + 3 + 19);
    expect(b.frame.key).toBe(7);
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Call);
    expect(<i32>b.frame.expect).toBe(<i32>Expect.Some);
    expect(b.frame.a).toBe(1);
    expect(b.frame.b).toBe(2);
    expect(b.value("interface")).toBe("a.Demo");
    expect(b.value("version")).toBe("1.0.0");
    expect(b.value("method")).toBe("hi");
    expect(b.value("parameters")).toBe("Ljava/lang/String;");
    expect(b.value("protocol")).toBe("2.0.2");
  });

  it("reads no further than a rule asks", () => {
    const b = new Bench(Direction.Request, ["interface"]);
    expect(verdict(b, call(HELLO + MAP))).toBe(HEAD_READ);
    expect(b.frame.head).toBe(16 + 6 + 7);
    expect(b.value("method")).toBe("-");
    const none = new Bench(Direction.Request, []);
    expect(verdict(none, call(HELLO + MAP))).toBe(HEAD_READ);
    expect(none.frame.head).toBe(16 + 6);
  });

  it("asks for the header, then in growing steps", () => {
    const b = new Bench(Direction.Request, ["method"]);
    const m = call(HEAD.replace("<a.Demo>", "53012c'" + "x".repeat(300) + "'") + "<hi> 00" + "'" + "y".repeat(2000) + "'");
    for (let n = 0; n < 16; n++) {
      expect(verdict(b, m, n)).toBe(NEED);
      expect(b.wire.need).toBe(16);
    }
    expect(verdict(b, m, 16)).toBe(NEED);
    expect(b.wire.need).toBe(256);
    expect(verdict(b, m, 256)).toBe(NEED);
    expect(b.wire.need).toBe(512);
    expect(verdict(b, m, 512)).toBe(HEAD_READ);
    expect(b.value("method")).toBe("hi");
  });

  it("asks for the whole frame where an attachment is wanted", () => {
    const b = new Bench(Direction.Request, ["user"]);
    const m = call(HELLO + MAP);
    expect(verdict(b, m, 16)).toBe(NEED);
    expect(b.wire.need).toBe(m.length);
    expect(verdict(b, m)).toBe(HEAD_READ);
    expect(b.frame.head).toBe(m.length);
  });

  it("does not read into the next frame", () => {
    const b = new Bench(Direction.Request, ["method"]);
    const m = call("<2.0.2>");
    m.u64(0x0161016101610161);
    m.u64(0x0161016101610161);
    expect(verdict(b, m)).toBe(BAD);
    expect(b.frame.size).toBe(22);
    expect(b.frame.key).toBe(7);
    expect(b.wire.badWhy).toBe("body ends inside a value");
  });

  it("knows one-way requests and other clients", () => {
    const b = new Bench(Direction.Request, ["method"]);
    expect(verdict(b, message("82", "00", ID, HELLO))).toBe(HEAD_READ);
    expect(<i32>b.frame.expect).toBe(<i32>Expect.None);
    verdict(b, call(HELLO.replace("<2.0.2>", "<2.6.2>")));
    expect(b.frame.a).toBe(2);
    verdict(b, call(HELLO.replace("<2.0.2>", "<2.0.10>")));
    expect(b.frame.a).toBe(1);
    verdict(b, call(HELLO.replace("<2.0.2>", "<2.7.0>")));
    expect(b.frame.a).toBe(0);
    verdict(b, call(HELLO.replace("<2.0.2>", "4e")));
    expect(b.frame.a).toBe(0);
  });

  it("leaves null out and hides what it cannot compare", () => {
    const b = new Bench(Direction.Request, KEYS);
    expect(verdict(b, call("<2.0.2> 520001'a' <b> 4e 01 c1a1 91"))).toBe(HEAD_READ);
    expect(b.value("interface")).toBe("?");
    expect(b.value("version")).toBe("-");
    expect(b.value("method")).toBe("?");
    expect(b.value("parameters")).toBe("?");
  });

  it("refuses what is no dubbo, and only the frame where its end is known", () => {
    const b = new Bench(Direction.Request, ["method"]);
    expect(verdict(b, bytes("47"))).toBe(BAD);
    expect(b.wire.badWhy).toBe("not a dubbo frame");
    expect(verdict(b, bytes("dabc"))).toBe(BAD);
    expect(b.wire.badAt).toBe(1);
    expect(verdict(b, bytes("dabbc200" + ID + "ffffffff"))).toBe(BAD);
    expect(b.wire.badWhy).toBe("frame too long");
    expect(b.frame.size).toBe(0);
    expect(verdict(b, call("<2.0.2> 7891"))).toBe(BAD);
    expect(b.wire.badWhy).toBe("bad hessian value");
    expect(b.wire.badAt).toBe(23);
    expect(b.frame.size).toBe(24);
    expect(<i32>b.frame.expect).toBe(<i32>Expect.Some);
    expect(verdict(b, call(""))).toBe(BAD);
  });
});

describe("request attachments", () => {
  it("are found behind the arguments", () => {
    const b = new Bench(Direction.Request, ["group", "user", "empty", "num", "null", "obj", "nope", "method"]);
    expect(verdict(b, call(HELLO + MAP))).toBe(HEAD_READ);
    expect(b.value("group")).toBe("g");
    expect(b.value("user")).toBe("test");
    expect(b.value("empty")).toBe("");
    expect(b.value("num")).toBe("?");
    expect(b.value("obj")).toBe("?");
    expect(b.value("null")).toBe("-");
    expect(b.value("nope")).toBe("-");
    expect(b.value("method")).toBe("hi");
  });

  it("ignore case, may repeat and may have a fixed key's name", () => {
    const b = new Bench(Direction.Request, ["USER", "attachment.method", "method"]);
    verdict(b, call(HELLO + "4d 90 <UsEr> <a> <user> <b> <method> <m> 5a"));
    expect(b.value("user")).toBe("a|b");
    expect(b.value("method")).toBe("hi");
    expect(b.value("attachment.method")).toBe("m");
  });

  it("may be null or missing", () => {
    const b = new Bench(Direction.Request, ["user"]);
    expect(verdict(b, call(HELLO + "4e"))).toBe(HEAD_READ);
    expect(b.value("user")).toBe("-");
    expect(verdict(b, call(HELLO))).toBe(HEAD_READ);
    expect(b.value("user")).toBe("-");
    expect(verdict(b, call(HEAD + "<hi> 00 48 <user> <x> 5a"))).toBe(HEAD_READ);
    expect(b.value("user")).toBe("x");
    expect(verdict(b, call(HEAD + "<hi> 4e 48 <user> <x> 5a"))).toBe(HEAD_READ);
    expect(b.value("user")).toBe("x");
  });

  it("are behind as many arguments as the types say", () => {
    const b = new Bench(Direction.Request, ["user"]);
    const values = "91 23010203 7991 4e 43 <A> 91 <x> 60 91";
    const attachments = "48 <user> <x> <o> 60 92 5a";
    expect(verdict(b, call(HEAD + "<hi> <I[BLa/List;V[[La/A;>" + values + attachments))).toBe(HEAD_READ);
    expect(b.value("user")).toBe("x");
  });

  it("are hidden where they cannot be told", () => {
    const b = new Bench(Direction.Request, ["user", "method"]);
    verdict(b, call(HELLO + "48 520002'us' <er> <x> 5a"));
    expect(b.value("user")).toBe("?");
    verdict(b, call(HELLO + "48 <user> 520001'a' <x> 5a"));
    expect(b.value("user")).toBe("?");
    verdict(b, call(HELLO + "5190"));
    expect(b.value("user")).toBe("?");
    expect(b.value("method")).toBe("hi");
    verdict(b, call(HEAD + "<hi> <I?I> 9191 48 <user> <x> 5a"));
    expect(b.value("user")).toBe("?");
    expect(<i32>b.decode(call(HEAD + "<hi> <I>" + "57".repeat(600) + "5a".repeat(600) + "48 <user> <x> 5a")))
      .toBe(HEAD_READ);
    expect(b.value("user")).toBe("?");
    expect(b.value("method")).toBe("hi");
  });

  it("refuse a body that ends too early or makes no sense", () => {
    const b = new Bench(Direction.Request, ["user"]);
    const m = call(HELLO + MAP);
    for (let n = m.length - 1; n > 16 + 6 + 7 + 6 + 3 + 19 + 4; n--) {
      m.patch32(12, n - 16);
      m.length = n;
      expect(verdict(b, m)).toBe(BAD);
      expect(b.frame.size).toBe(n);
    }
    expect(verdict(b, call(HEAD + "<hi> <I> 60 4e"))).toBe(BAD);
    expect(b.wire.badWhy).toBe("bad hessian value");
  });

  it("of frames beyond what is buffered are hidden", () => {
    const b = new Bench(Direction.Request, ["user", "method"]);
    const m = call(HELLO);
    m.patch32(12, 9 << 20);
    expect(verdict(b, m)).toBe(HEAD_READ);
    expect(b.value("user")).toBe("?");
    expect(b.value("method")).toBe("hi");
  });
});

describe("generic calls", () => {
  it("show the real method", () => {
    const b = new Bench(Direction.Request, KEYS);
    expect(verdict(b, call(GENERIC + "< del > 71 <[string> <x> 79<y> 4e"))).toBe(HEAD_READ);
    expect(b.value("method")).toBe("del");
    expect(b.value("parameters")).toBe("?");
    expect(b.frame.head < b.frame.size).toBe(true);
    verdict(b, call(GENERIC.replace("<$invoke>", "<$invokeAsync>") + "<del> 4e 4e 4e"));
    expect(b.value("method")).toBe("del");
    verdict(b, call(GENERIC.replace("<$invoke>", "<$invoker>") + "<del> 4e 4e 4e"));
    expect(b.value("method")).toBe("$invoker");
  });

  it("show the attachments too", () => {
    const b = new Bench(Direction.Request, ["method", "user"]);
    expect(verdict(b, call(GENERIC + "<del> 71 <[string> <x> 79<y> 48 <user> <u> 5a"))).toBe(HEAD_READ);
    expect(b.value("method")).toBe("del");
    expect(b.value("user")).toBe("u");
  });

  it("hide the method where it cannot be read", () => {
    const b = new Bench(Direction.Request, ["method"]);
    const hidden = ["520001'd' <el> 4e 4e 4e", "79<del> 4e 4e 4e", "91 4e 4e 4e", "01 c1a1 4e 4e 4e"];
    for (let i = 0; i < hidden.length; i++) {
      expect(verdict(b, call(GENERIC + hidden[i]))).toBe(HEAD_READ);
      expect(b.value("method")).toBe("?", hidden[i]);
    }
    verdict(b, call(HEAD + "<$invoke> 00 4e"));
    expect(b.value("method")).toBe("?");
    verdict(b, call(GENERIC + "57".repeat(600)));
    expect(b.value("method")).toBe("?");
  });

  it("wait for the argument", () => {
    const b = new Bench(Direction.Request, ["method"]);
    const m = call(GENERIC + "<del> 4e 4e 4e");
    const argument = m.length - 7;
    for (let n = 17; n < argument + 4; n++) expect(verdict(b, m, n)).toBe(NEED);
    expect(verdict(b, m, argument + 4)).toBe(HEAD_READ);
    expect(b.value("method")).toBe("del");
  });
});

describe("other serializations", () => {
  it("hide what cannot be read", () => {
    const b = new Bench(Direction.Request, ["interface", "method", "user", "group"]);
    expect(verdict(b, message("d7", "00", ID, "'whatever'"), 16)).toBe(HEAD_READ);
    expect(b.frame.head).toBe(16);
    expect(b.frame.size).toBe(24);
    expect(b.frame.b).toBe(0x17);
    expect(b.value("interface")).toBe("?");
    expect(b.value("method")).toBe("?");
    expect(b.value("user")).toBe("?");
    expect(b.value("group")).toBe("?");
  });
});

describe("events of a client", () => {
  it("are answered with what they carry", () => {
    const b = new Bench(Direction.Request, []);
    const m = message("e2", "00", ID, "4e");
    expect(verdict(b, m, 16)).toBe(NEED);
    expect(b.wire.need).toBe(17);
    expect(verdict(b, m)).toBe(HEAD_READ);
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Ping);
    const out = new Writer();
    b.codec.answer(b.wire, b.frame, out);
    expect(hexOf(out)).toBe("dabb2214" + ID + "000000014e");
  });

  it("are dropped where nobody waits", () => {
    const b = new Bench(Direction.Request, []);
    verdict(b, message("a2", "00", ID, "<R>"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
    expect(b.wire.draining).toBe(false);
    verdict(b, message("22", "14", ID, "4e"));
    expect(<i32>b.frame.kind).toBe(<i32>Kind.Drop);
  });

  it("are short", () => {
    const b = new Bench(Direction.Request, []);
    expect(verdict(b, message("e2", "00", ID, "00".repeat(300)), 16)).toBe(BAD);
    expect(b.wire.badWhy).toBe("event too long");
    expect(b.frame.size).toBe(316);
  });
});
