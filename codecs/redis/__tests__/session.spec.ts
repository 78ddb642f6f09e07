import { Expect, Failure, Kind, Reason, SESSION, Verdict } from "../../../assembly/codec/index";
import { CURSOR, SUBSCRIBED, TRANSACTION } from "../constants";
import { Multi } from "../session";
import { Bench, bytes, command, textOf } from "./support";

const LOST = new Failure(Reason.UpstreamReset, "gone");
const DENIED = new Failure(Reason.Denied, "no");

function told(line: string): string { return textOf(command(line)); }

describe("settings", () => {
  it("are told to new lanes in one order, the newest of each", () => {
    const b = new Bench("");
    const lines = ["CLIENT SETNAME a", "SELECT 3", "CLIENT SETINFO lib-name x", "SELECT 4", "HELLO 3 AUTH u p SETNAME b", "READONLY", "CLIENT NO-EVICT on"];
    for (let i = 0; i < lines.length; i++) {
      expect(b.send(lines[i])).toBe(told(lines[i]));
      expect(b.frame.kind).toBe(Kind.Setup, lines[i]);
    }
    expect(b.greeting()).toBe(told("AUTH u p") + told("HELLO 3") + told("SELECT 4") + told("CLIENT SETNAME b") + told("CLIENT SETINFO lib-name x") + told("CLIENT NO-EVICT on") + told("READONLY"));
    b.send("READWRITE");
    b.send("CLIENT REPLY OFF");
    expect(b.greeting().endsWith(told("CLIENT NO-EVICT on") + told("CLIENT REPLY OFF"))).toBe(true);
  });

  it("hold until a server refuses them", () => {
    const b = new Bench("database");
    b.call("SELECT 1", "+OK|");
    b.send("SELECT 2");
    const second = b.exchange();
    b.send("SELECT 3");
    const third = b.exchange();
    b.send("GET k");
    expect(b.value("database")).toBe("3,2,1");
    b.answer(second, "+OK|");
    b.answer(third, "-ERR DB index is out of range|");
    b.send("GET k");
    expect(b.value("database")).toBe("2");
    expect(b.greeting()).toBe(told("SELECT 2"));
  });

  it("are not kept without bound", () => {
    const b = new Bench("database");
    for (let i = 0; i < 1000; i++) {
      b.send("SELECT " + i.toString());
      expect(b.frame.fence).toBe(i >= 3, i.toString());
    }
    b.send("GET k");
    expect(b.value("database")).toBe("?");
    b.answer(b.exchange(), "+OK|");
    b.call("SELECT 999", "+OK|");
    b.send("GET k");
    expect(b.value("database")).toBe("999");
    b.send("CLIENT SETNAME " + "x".repeat(20000));
    expect(b.greeting()).toBe(told("SELECT 999"));
  });

  it("that a lane may not lack make it unfit; a password is the server's affair", () => {
    const b = new Bench("");
    b.call("HELLO 3 AUTH u p", "%0|");
    b.send("CLIENT SETNAME x");
    const lane = b.lane;
    b.codec.greet(lane, null, bytes(""));
    expect(lane.greeting.left).toBe(3);
    b.answer(null, "-WRONGPASS no|");
    expect(b.codec.greet(lane, b.replyFrame, bytes(""))).toBe(Verdict.Need);
    b.answer(null, "-NOPROTO no|");
    expect(b.codec.greet(lane, b.replyFrame, bytes(""))).toBe(Verdict.Bad);
  });

  it("that were refused here do not undo later ones", () => {
    const b = new Bench("database");
    b.decode(command("SELECT 1"));
    const denied = b.exchange();
    b.codec.refused(b.wire, denied, DENIED);
    b.send("SELECT 2");
    b.error(denied, DENIED);
    expect(b.greeting()).toBe(told("SELECT 2"));
    const late = b.exchange();
    b.error(late, new Failure(Reason.Timeout, "late"));
    expect(b.greeting()).toBe("");
  });

  it("may be read twice before they hold", () => {
    const b = new Bench("database"), m = command("SELECT 7");
    for (let i = 0; i < 3; i++) expect(b.decode(m)).toBe(Verdict.Head);
    expect(b.greeting()).toBe("");
    b.send("GET k");
    expect(b.value("database")).toBe("0");
  });
});

describe("users", () => {
  it("are known once a server has let them in", () => {
    const b = new Bench("user");
    b.send("GET k");
    expect(b.value("user")).toBe("default");
    b.send("AUTH alice secret");
    const x = b.exchange();
    b.send("GET k");
    expect(b.value("user")).toBe("?");
    b.answer(x, "+OK|");
    b.send("GET k");
    expect(b.value("user")).toBe("alice");
    b.call("HELLO 3 AUTH bob wrong", "-WRONGPASS no|");
    b.send("GET k");
    expect(b.value("user")).toBe("alice");
    b.call("AUTH secret", "+OK|");
    b.send("GET k");
    expect(b.value("user")).toBe("default");
  });

  it("say their password to the filter where it has one, and no server hears it", () => {
    const b = new Bench("user", '{"auth": {"username": "mesh", "password": "pw"}}');
    expect(b.send("GET k")).toBe("=-NOAUTH Authentication required.|");
    expect(b.value("user")).toBe("-");
    expect(b.send("HELLO 3").startsWith("=-NOAUTH HELLO must")).toBe(true);
    expect(b.send("AUTH pw2").startsWith("=-WRONGPASS")).toBe(true);
    expect(b.send("AUTH other pw").startsWith("=-WRONGPASS")).toBe(true);
    expect(b.send("AUTH").startsWith("=-WRONGPASS")).toBe(true);
    expect(b.send("HELLO 3 AUTH mesh pw SETNAME x")).toBe(told("HELLO 3 SETNAME x"));
    expect(b.send("GET k")).toBe(told("GET k"));
    expect(b.value("user")).toBe("mesh");
    expect(b.greeting()).toBe(told("HELLO 3") + told("CLIENT SETNAME x"));
    expect(b.send("RESET")).toBe(told("RESET"));
    expect(b.frame.fence).toBe(true);
    b.answer(b.exchange(), "+RESET|");
    expect(b.send("RESET")).toBe("=+RESET|");
    expect(b.send("GET k")).toBe("=-NOAUTH Authentication required.|");
    expect(b.send("AUTH pw")).toBe("=+OK|");
    expect(b.send("GET k")).toBe(told("GET k"));
    expect(b.send("HELLO 3 AUTH mesh pw AUTH mesh pw").startsWith("=-")).toBe(true);
  });
});

describe("transactions", () => {
  it("begin with the first command that has a key", () => {
    const b = new Bench("");
    expect(b.send("MULTI")).toBe("=+OK|");
    expect(b.send("PING")).toBe("=+QUEUED|");
    expect(b.send("SET k v")).toBe(told("MULTI") + told("PING") + told("SET k v"));
    expect(b.frame.pin).toBe(TRANSACTION);
    expect(b.send("PING")).toBe(told("PING"));
    expect(b.send("EXEC")).toBe(told("EXEC"));
    expect(b.frame.unpin).toBe(true);
    expect(b.session.multi).toBe(Multi.No);
  });

  it("that are refused in part go as DISCARD, and their answer is EXECABORT", () => {
    const b = new Bench("");
    b.send("MULTI");
    b.send("SET k v");
    const x = b.exchange();
    b.codec.refused(b.wire, x, DENIED);
    expect(b.error(x, DENIED)).toBe("-NOPERM no|");
    expect(b.send("EXEC")).toBe(told("DISCARD"));
    const end = b.exchange();
    b.answer(end, "+OK|");
    expect(b.replyFrame.edited).toBe(true);
  });

  it("do not mind what becomes of earlier ones", () => {
    const b = new Bench("");
    b.send("MULTI");
    b.send("SET k v");
    const first = b.exchange();
    b.send("EXEC");
    const end = b.exchange();
    b.send("MULTI");
    b.send("SET k v");
    b.codec.refused(b.wire, first, LOST);
    b.codec.refused(b.wire, end, LOST);
    expect(b.session.multi).toBe(Multi.Sent);
    expect(b.session.aborted).toBe(false);
    expect(b.error(end, LOST)).toBe("-EXECABORT Transaction discarded because of: gone|");
    expect(b.send("EXEC")).toBe(told("EXEC"));
    expect(b.error(b.exchange(), LOST)).toBe("-ERR gone|");
  });

  it("keep no more than some bytes for later", () => {
    const b = new Bench("");
    b.send("MULTI");
    const line = "ECHO " + "x".repeat(4000);
    for (let i = 0; i < 4; i++) expect(b.send(line)).toBe("=+QUEUED|");
    expect(b.send(line)).toBe(told("MULTI") + told(line) + told(line) + told(line) + told(line) + told(line));
  });
});

describe("what holds", () => {
  it("is a pin", () => {
    const b = new Bench("");
    b.send("SUBSCRIBE x");
    expect(b.frame.pin).toBe(SUBSCRIBED);
    expect(b.frame.together).toBe(true);
    b.send("PING");
    expect(b.frame.pin).toBe(SUBSCRIBED);
    const c = new Bench("");
    c.send("CLIENT TRACKING ON");
    expect(c.frame.pin).toBe(SESSION);
    c.send("WATCH k");
    expect(c.frame.pin).toBe(TRANSACTION);
    c.send("SCAN 0");
    expect(c.frame.pin).toBe(0);
    c.answer(c.exchange(), "*2|$2|17|*0|");
    expect(c.replyFrame.pin).toBe(CURSOR | 17);
    c.send("SCAN 17");
    expect(c.frame.pin).toBe(CURSOR | 17);
    c.send("SCAN 18446744073709551615");
    expect(c.frame.pin & CURSOR).toBe(CURSOR);
    expect(c.frame.pin < SUBSCRIBED).toBe(true);
  });

  it("is silence, where the client asks for it", () => {
    const b = new Bench("");
    expect(b.send("CLIENT REPLY SKIP")).toBe("=");
    expect(b.send("SET k v")).toBe(told("CLIENT REPLY SKIP") + told("SET k v"));
    expect(b.frame.expect).toBe(Expect.None);
    b.send("SET k v");
    expect(b.frame.expect).toBe(Expect.Some);
    b.send("CLIENT REPLY OFF");
    b.send("SET k v");
    expect(b.frame.expect).toBe(Expect.None);
    b.send("SUBSCRIBE x");
    expect(b.frame.expect).toBe(Expect.Some);
    b.send("CLIENT REPLY ON");
    b.send("SET k v");
    expect(b.frame.expect).toBe(Expect.Some);
  });
});

describe("subscriptions", () => {
  it("are counted as the server counts them", () => {
    const b = new Bench("");
    b.send("SUBSCRIBE x y");
    const x = b.exchange();
    b.answer(x, "*3|$9|subscribe|$1|x|:1|");
    expect(b.replyFrame.last).toBe(false);
    b.answer(x, "*3|$9|subscribe|$1|y|:2|");
    expect(b.replyFrame.last).toBe(true);
    b.answer(null, "*3|$7|message|$1|x|$2|hi|");
    expect(b.replyFrame.kind).toBe(Kind.Push);
    b.call("PSUBSCRIBE p*", "*3|$10|psubscribe|$2|p*|:3|");
    expect(b.session.patterns).toBe(1);
    b.send("UNSUBSCRIBE");
    const end = b.exchange();
    b.answer(end, "*3|$11|unsubscribe|$1|y|:2|");
    expect(b.replyFrame.last).toBe(false);
    b.answer(end, "*3|$11|unsubscribe|$1|x|:1|");
    expect(b.replyFrame.last).toBe(true);
    expect(b.replyFrame.unpin).toBe(false);
    b.call("PUNSUBSCRIBE", "*3|$12|punsubscribe|$2|p*|:0|");
    expect(b.replyFrame.unpin).toBe(true);
    expect(b.lane.subscribed).toBe(false);
  });
});
