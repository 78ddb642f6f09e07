import { Change, Direction, Expect, Order, Verdict } from "../../../assembly/codec/index";
import { Bench, bytes, CALL, framed, headed, hexOf } from "./support";

describe("THeader keys", () => {
  it("are told by their name, with or without a prefix, ignoring case", () => {
    const b = new Bench(Direction.Request, ["user", "header.method", "method"]);
    expect(b.decode(headed("01 02 {User} {ann} {method} {x}"))).toBe(Verdict.Head);
    expect(b.value("header.user")).toBe("ann");
    expect(b.value("header.method")).toBe("x");
    expect(b.value("method")).toBe("m");
  });

  it("end with the padding, and with what no reader knows, as they do for the libraries", () => {
    const b = new Bench(Direction.Request, ["user"]);
    expect(b.decode(headed("01 01 {user} {ann} 00 01 01 {user} {bob}"))).toBe(Verdict.Head);
    expect(b.value("user")).toBe("ann");
    b.decode(headed("09 01 01 {user} {bob}"));
    expect(b.value("user")).toBe("-");
  });

  it("are set, appended and removed; others keep their bytes", () => {
    const b = new Bench(Direction.Request, []);
    const m = headed("01 02 {user} {ann} {a} {b}");
    expect(b.encode(m, [b.edit(Change.Set, "header.user", "bob")])).toBe(hexOf(headed("01 02 {user} {bob} {a} {b}")));
    expect(b.encode(m, [b.edit(Change.Append, "user", "bob")])).toBe(hexOf(headed("01 02 {user} {ann,bob} {a} {b}")));
    expect(b.encode(m, [b.edit(Change.Remove, "user", "")])).toBe(hexOf(headed("01 01 {a} {b}")));
    expect(b.encode(m, [b.edit(Change.Set, "header.New", "x")])).toBe(hexOf(headed("01 03 {user} {ann} {a} {b} {New} {x} ")));
    expect(b.encode(m, [b.edit(Change.Remove, "none", "")])).toBe(hexOf(m));
  });

  it("are one afterwards where there were several", () => {
    const b = new Bench(Direction.Request, []);
    const m = headed("01 01 {u} {a} 02 01 {U} {b}");
    expect(b.encode(m, [b.edit(Change.Set, "u", "c")])).toBe(hexOf(headed("01 01 {u} {c}")));
    expect(b.encode(m, [b.edit(Change.Remove, "u", "")])).toBe(hexOf(headed("")));
  });

  it("are kept by what no reader knows", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.encode(headed("01 01 {u} {a} 09 41 42"), [b.edit(Change.Remove, "u", "")])).toBe(hexOf(headed("09 41 42")));
  });

  it("do not fit into a header that is full", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.encode(headed(""), [b.edit(Change.Set, "u", "x".repeat(262140))])).toBe("");
  });

  it("cannot be set in other transports", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.encode(framed(CALL), [b.edit(Change.Set, "u", "x")])).toBe("");
    const c = new Bench(Direction.Request, []);
    expect(c.encode(bytes(CALL), [c.edit(Change.Set, "u", "x")])).toBe("");
  });
});

describe("persistent keys", () => {
  it("hold for later messages, and go with each of them", () => {
    const b = new Bench(Direction.Request, ["user"]);
    b.decode(headed("02 01 {user} {a}"));
    expect(b.value("user")).toBe("a");
    expect(b.encode(headed(""), [])).toBe(hexOf(headed("01 01 {user} {a}")));
    expect(b.value("user")).toBe("a");
    expect(b.frame.edited).toBe(true);
  });

  it("give way to a message's own, and to a later value", () => {
    const b = new Bench(Direction.Request, ["user"]);
    b.decode(headed("02 01 {user} {a}"));
    b.decode(headed("01 01 {user} {b}"));
    expect(b.value("user")).toBe("b");
    expect(b.encode(headed("02 01 {user} {c}"), [])).toBe(hexOf(headed("01 01 {user} {c}")));
    b.decode(headed(""));
    expect(b.value("user")).toBe("c");
  });

  it("of another case are other keys, for rules as for servers", () => {
    const b = new Bench(Direction.Request, ["user"]);
    b.decode(headed("02 01 {User} {a}"));
    b.decode(headed("01 01 {user} {b}"));
    expect(b.value("user")).toBe("b|a");
    expect(b.encode(headed("01 01 {user} {b}"), [])).toBe(hexOf(headed("01 02 {user} {b} {User} {a}")));
  });

  it("are at most 16, and 4,096 bytes", () => {
    const b = new Bench(Direction.Request, []);
    for (let i = 0; i < 16; i++) expect(b.decode(headed("02 01 {k" + i.toString() + "} {a}"))).toBe(Verdict.Head);
    expect(b.decode(headed("02 01 {k3} {b}"))).toBe(Verdict.Head);
    expect(b.decode(headed("02 01 {k16} {a}"))).toBe(Verdict.Bad);
    const c = new Bench(Direction.Request, []), long = "x".repeat(4000);
    expect(c.decode(headed("02 01 {k} a01f '" + long + "'"))).toBe(Verdict.Head);
    expect(c.decode(headed("02 01 {k} a01f '" + long + "'"))).toBe(Verdict.Head);
    expect(c.decode(headed("02 01 {l} {" + "x".repeat(96) + "}"))).toBe(Verdict.Bad);
  });

  it("can be changed by rules", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(headed("02 01 {user} {a}"));
    expect(b.encode(headed(""), [b.edit(Change.Remove, "user", "")])).toBe(hexOf(headed("")));
    expect(b.encode(headed(""), [b.edit(Change.Set, "user", "x")])).toBe(hexOf(headed("01 01 {user} {x}")));
  });

  it("are the client's, not a server's", () => {
    const b = new Bench(Direction.Response, ["user"]), reply = "80010002 <m> 00000007 00";
    b.decode(headed("02 01 {user} {a}", reply));
    expect(b.value("user")).toBe("a");
    b.decode(headed("", reply));
    expect(b.value("user")).toBe("-");
    expect(b.frame.edited).toBe(false);
    expect(b.encode(headed("02 01 {user} {a}", reply), [b.edit(Change.Set, "user", "x")])).toBe(hexOf(headed("02 01 {user} {x}", reply)));
  });
});

describe("THeader", () => {
  it("says whether replies may overtake one another", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(headed(""));
    expect(b.frame.order).toBe(Order.Replies);
    b.decode(headed("", CALL, "0001"));
    expect(b.frame.order).toBe(Order.Free);
  });

  it("has the sequence id of messages that have none of their own and may be answered in any order", () => {
    const b = new Bench(Direction.Request, []), call = "80010001 <m> 00000000 00";
    b.decode(headed("", call, "0001"));
    expect(b.frame.key).toBe(0x2_0000_0009);
    expect(b.frame.order).toBe(Order.Free);
    b.decode(headed("", call));
    expect(b.frame.key).toBe(0);
    b.decode(headed("", CALL, "0001"));
    expect(b.frame.key).toBe(0x1_0000_0007);
  });

  it("is all that is known of a payload that cannot be read", () => {
    const b = new Bench(Direction.Request, ["method", "seqid", "service", "type", "transport", "user"]);
    expect(b.decode(framed("0fff 0000 00000009 0003 00 01 03 01 01 {user} {a} 'snappy'"))).toBe(Verdict.Head);
    expect(b.value("method")).toBe("?");
    expect(b.value("service")).toBe("?");
    expect(b.value("type")).toBe("?");
    expect(b.value("seqid")).toBe("?");
    expect(b.value("transport")).toBe("header");
    expect(b.value("user")).toBe("a");
    expect(b.frame.expect).toBe(Expect.Maybe);
  });
});
