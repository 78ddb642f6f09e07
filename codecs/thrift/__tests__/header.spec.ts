import { Direction, Expect, Order, Verdict } from "../../../assembly/meta/codec";
import { Change } from "../../../assembly/meta/mutation";
import { Bench, bytes, framed, hexOf } from "./support";

const CALL: string = "80010001 <m> 00000007 00";
const FIXED: string = "0fff 0000 00000009";

function headed(words: string, infos: string, call: string = CALL): string { return FIXED + words + "00 00" + infos + call; }

describe("THeader keys", () => {
  it("are told by their name, with or without a prefix, ignoring case", () => {
    const b = new Bench(Direction.Request, ["user", "header.method", "method"]);
    expect(b.decode(framed(headed("0006", "01 02 {User} {ann} {method} {x} 00000000")))).toBe(Verdict.Head);
    expect(b.value("header.user")).toBe("ann");
    expect(b.value("header.method")).toBe("x");
    expect(b.value("method")).toBe("m");
  });

  it("are set, appended and removed; others keep their bytes", () => {
    const b = new Bench(Direction.Request, []);
    const m = framed(headed("0005", "01 02 {user} {ann} {a} {b} 00 000000"));
    expect(b.encode(m, [b.edit(Change.Set, "header.user", "bob")])).toBe(hexOf(framed(headed("0005", "01 02 {user} {bob} {a} {b} 00 000000"))));
    expect(b.encode(m, [b.edit(Change.Append, "user", "bob")])).toBe(hexOf(framed(headed("0005", "01 02 {user} {ann,bob} {a} {b}"))));
    expect(b.encode(m, [b.edit(Change.Remove, "user", "")])).toBe(hexOf(framed(headed("0002", "01 01 {a} {b}"))));
    expect(b.encode(m, [b.edit(Change.Set, "header.New", "x")])).toBe(hexOf(framed(headed("0006", "01 03 {user} {ann} {a} {b} {New} {x}  000000"))));
    expect(b.encode(m, [b.edit(Change.Remove, "none", "")])).toBe(hexOf(m));
  });

  it("are one afterwards where there were several", () => {
    const b = new Bench(Direction.Request, []);
    const m = framed(headed("0005", "01 01 {u} {a} 02 01 {U} {b} 00 000000"));
    expect(b.encode(m, [b.edit(Change.Set, "u", "c")])).toBe(hexOf(framed(headed("0002", "01 01 {u} {c}"))));
    expect(b.encode(m, [b.edit(Change.Remove, "u", "")])).toBe(hexOf(framed(headed("0001", "0000"))));
  });

  it("are kept by what no reader knows", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.encode(framed(headed("0003", "01 01 {u} {a} 09 41 42 00")), [b.edit(Change.Remove, "u", "")])).toBe(hexOf(framed(headed("0002", "09 41 42 000000"))));
  });

  it("do not fit into a header that is full", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.encode(framed(headed("0001", "0000")), [b.edit(Change.Set, "u", "x".repeat(262140))])).toBe("");
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
    b.decode(framed(headed("0003", "02 01 {user} {a} 00")));
    expect(b.value("user")).toBe("a");
    expect(b.encode(framed(headed("0001", "0000")), [])).toBe(hexOf(framed(headed("0003", "02 01 {user} {a} 00"))));
    expect(b.value("user")).toBe("a");
    expect(b.frame.edited).toBe(true);
  });

  it("give way to a message's own, and to a later value", () => {
    const b = new Bench(Direction.Request, ["user"]);
    b.decode(framed(headed("0003", "02 01 {user} {a} 00")));
    b.decode(framed(headed("0003", "01 01 {user} {b} 00")));
    expect(b.value("user")).toBe("b");
    const own = framed(headed("0003", "02 01 {user} {c} 00"));
    expect(b.encode(own, [])).toBe(hexOf(own));
    b.decode(framed(headed("0001", "0000")));
    expect(b.value("user")).toBe("c");
  });

  it("can be changed by rules", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(framed(headed("0003", "02 01 {user} {a} 00")));
    expect(b.encode(framed(headed("0001", "0000")), [b.edit(Change.Remove, "user", "")])).toBe(hexOf(framed(headed("0001", "0000"))));
    expect(b.encode(framed(headed("0001", "0000")), [b.edit(Change.Set, "user", "x")])).toBe(hexOf(framed(headed("0003", "02 01 {user} {x} 00"))));
  });

  it("are the client's, not a server's", () => {
    const b = new Bench(Direction.Response, ["user"]), reply = "80010002 <m> 00000007 00";
    b.decode(framed(headed("0003", "02 01 {user} {a} 00", reply)));
    expect(b.value("user")).toBe("a");
    b.decode(framed(headed("0001", "0000", reply)));
    expect(b.value("user")).toBe("-");
    expect(b.frame.edited).toBe(false);
  });
});

describe("THeader", () => {
  it("says whether replies may overtake one another", () => {
    const b = new Bench(Direction.Request, []);
    b.decode(framed(headed("0001", "0000")));
    expect(b.frame.order).toBe(Order.Replies);
    b.decode(framed("0fff 0001 00000009 0001 00 00 0000" + CALL));
    expect(b.frame.order).toBe(Order.Free);
  });

  it("is all that is known of a payload that cannot be read", () => {
    const b = new Bench(Direction.Request, ["method", "seqid", "service", "type", "transport", "user"]);
    expect(b.decode(framed(FIXED + "0003 00 01 03 01 01 {user} {a} 'snappy'"))).toBe(Verdict.Head);
    expect(b.value("method")).toBe("?");
    expect(b.value("service")).toBe("?");
    expect(b.value("type")).toBe("?");
    expect(b.value("seqid")).toBe("?");
    expect(b.value("transport")).toBe("header");
    expect(b.value("user")).toBe("a");
    expect(b.frame.expect).toBe(Expect.Maybe);
  });
});
