import { Failure, MIXED_ROUTES, Reason } from "../../../assembly/codec/index";
import { Bench, bytes, command } from "./support";

describe("errors", () => {
  it("are ERR and a text, except where the servers have a word", () => {
    const b = new Bench(""), reasons = [
      Reason.RouteNotFound, Reason.ClusterNotFound, Reason.NoHealthyUpstream, Reason.UpstreamReset, Reason.Timeout, Reason.Overflow, Reason.RateLimited, Reason.BadRequest,
    ];
    b.send("GET k");
    for (let i = 0; i < reasons.length; i++) expect(b.error(b.exchange(), new Failure(reasons[i], "why"))).toBe("-ERR why|");
    expect(b.error(b.exchange(), new Failure(Reason.Denied, "why"))).toBe("-NOPERM why|");
    expect(b.error(b.exchange(), MIXED_ROUTES)).toBe("-CROSSSLOT Keys in request are routed to different servers|");
    expect(b.error(b.exchange(), new Failure(Reason.Timeout, ""))).toBe("-ERR Timeout|");
  });

  it("are one line, whatever the text", () => {
    const b = new Bench("");
    b.send("GET k");
    expect(b.error(b.exchange(), new Failure(Reason.Denied, "a\r\n+OK\r\nb"))).toBe("-NOPERM a  +OK  b|");
  });

  it("of a fault have the word that it names, and none that sends clients elsewhere", () => {
    const b = new Bench("");
    b.send("GET k");
    const loading = b.codec.code("LOADING"), own = b.codec.code("MYWORD");
    expect(b.codec.code("LOADING")).toBe(loading);
    expect(b.codec.code("ERR")).toBe(0);
    expect(b.error(b.exchange(), new Failure(Reason.FaultAbort, "wait", loading))).toBe("-LOADING wait|");
    expect(b.error(b.exchange(), new Failure(Reason.FaultAbort, "wait", own))).toBe("-MYWORD wait|");
    expect(b.error(b.exchange(), new Failure(Reason.FaultAbort, "wait", 99))).toBe("-ERR wait|");
    const wrong = ["", "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "CROSSSLOT", "REDIRECT", "err", "TWO WORDS", "A-B", "X".repeat(33)];
    for (let i = 0; i < wrong.length; i++) expect(b.codec.code(wrong[i])).toBe(-1, wrong[i]);
  });

  it("to the connection say what is wrong with its bytes", () => {
    const b = new Bench("");
    b.decode(bytes("*x|"));
    expect(b.error(null, new Failure(Reason.BadRequest, "no"))).toBe("-ERR Protocol error: invalid multibulk length|");
    expect(b.error(null, new Failure(Reason.Overflow, "too much"))).toBe("-ERR too much|");
  });

  it("close the connection in the middle of an answer", () => {
    const b = new Bench("");
    b.decode(command("GET k"));
    const x = b.exchange();
    x.begun = true;
    expect(b.error(x, new Failure(Reason.UpstreamReset, "gone"))).toBe("closes");
  });
});

describe("options", () => {
  it("are refused by name, and no secret is told", () => {
    expect(new Bench("").configure('{"auth": {"password": "x"}, "upstreamAuth": {"a": {"username": "u", "password": "y"}}}')).toBe("");
    expect(new Bench("").configure('{"auth": {"password": 1234567}}')).toBe("auth.password: found (hidden), allowed: text");
    expect(new Bench("").configure('{"auth": {"username": "x"}}')).toBe("auth.password: missing, allowed: text");
    expect(new Bench("").configure('{"upstreamAuth": {"a": {"password": ""}}}')).toBe("upstreamAuth.(hidden).password: found (hidden), allowed: text that is not empty");
    expect(new Bench("").configure('{"password": "x"}').startsWith("password: ")).toBe(true);
  });
});
