import { Direction, Expect, Order, Verdict } from "../../../assembly/meta/codec";
import { Change } from "../../../assembly/meta/mutation";
import { Bench, bytes, CALL, framed, headed, hexOf } from "./support";

describe("THeader keys", () => {
  it("are told by their name, with or without a prefix, ignoring case", () => {
    const b = new Bench(Direction.Request, ["user", "header.method", "method"]);
    expect(b.decode(headed("01 02 {User} {ann} {method} {x}"))).toBe(Verdict.Head);
    expect(b.value("header.user")).toBe("ann");
    expect(b.value("header.method")).toBe("x");
    expect(b.value("method")).toBe("m");
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
    expect(b.encode(headed(""), [])).toBe(hexOf(headed("02 01 {user} {a}")));
    expect(b.value("user")).toBe("a");
    expect(b.frame.edited).toBe(true);
  });

  it("give way to a message's own, and to a later value", () => {
    const b = new Bench(Direction.Request, ["user"]);
    b.decode(headed("02 01 {user} {a}"));
    b.decode(headed("01 01 {user} {b}"));
    expect(b.value("user")).toBe("b");
    const own = headed("02 01 {user} {c}");
    expect(b.encode(own, [])).toBe(hexOf(own));
    b.decode(headed(""));
    expect(b.value("user")).toBe("c");
  });

  it("can be changed by rules", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(headed("02 01 {user} {a}"));
    expect(b.encode(headed(""), [b.edit(Change.Remove, "user", "")])).toBe(hexOf(headed("")));
    expect(b.encode(headed(""), [b.edit(Change.Set, "user", "x")])).toBe(hexOf(headed("02 01 {user} {x}")));
  });

  it("are the client's, not a server's", () => {
    const b = new Bench(Direction.Response, ["user"]), reply = "80010002 <m> 00000007 00";
    b.decode(headed("02 01 {user} {a}", reply));
    expect(b.value("user")).toBe("a");
    b.decode(headed("", reply));
    expect(b.value("user")).toBe("-");
    expect(b.frame.edited).toBe(false);
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
