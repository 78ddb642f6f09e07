import { Writer } from "../../../assembly/bytes/writer";
import { Direction, Failure, PendingRequest, Reason } from "../../../assembly/codec/index";
import { Bench, hexOf, ID, message } from "./support";

function exchange(serialization: u64, a: u64 = 1): PendingRequest {
  const x = new PendingRequest();
  x.key = 7;
  x.a = a;
  x.b = serialization;
  return x;
}

function written(x: PendingRequest, failure: Failure): string {
  const b = new Bench(Direction.Request, []);
  const out = new Writer();
  expect(b.codec.reply(b.wire, x, failure, out)).toBe(true);
  return hexOf(out);
}

function refusal(className: string, code: string): string {
  return hexOf(message("02", "14", ID, "90 43 <" + className + "> 95 <code> <detailMessage> <cause> <stackTrace>" +
    "<suppressedExceptions> 60 " + code + " <no> 4e 70 <[java.lang.StackTraceElement> 4e"));
}

describe("error replies", () => {
  it("have the status of their reason and a text", () => {
    const reasons = [
      Reason.RouteNotFound, Reason.ClusterNotFound, Reason.NoHealthyUpstream, Reason.UpstreamReset, Reason.Timeout,
      Reason.Overflow, Reason.BadRequest,
    ];
    const statuses = ["3c", "3c", "46", "46", "1f", "64", "28"];
    for (let i = 0; i < reasons.length; i++) {
      expect(written(exchange(2), new Failure(reasons[i], "no"))).toBe(hexOf(message("02", statuses[i], ID, "<no>")));
    }
    expect(written(exchange(2), new Failure(Reason.RouteNotFound, ""))).toBe(hexOf(message("02", "3c", ID, "<RouteNotFound>")));
    expect(written(exchange(2), new Failure(Reason.Timeout, "é"))).toBe(hexOf(message("02", "1f", ID, "01 c3a9")));
  });

  it("of an injected fault have the status that it names", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.codec.code("SERVICE_NOT_FOUND")).toBe(60);
    expect(b.codec.code("server_threadpool_exhausted_error")).toBe(100);
    expect(b.codec.code(" 60 ")).toBe(60);
    const wrong = ["", "20", "0", "128", "OK", "-1", "1x", "6 0", "1000"];
    for (let i = 0; i < wrong.length; i++) expect(b.codec.code(wrong[i])).toBe(-1, wrong[i]);
    expect(written(exchange(2), new Failure(Reason.FaultAbort, "no", 70))).toBe(hexOf(message("02", "46", ID, "<no>")));
  });

  it("that refuse are results, so that clients do not try again", () => {
    expect(written(exchange(2), new Failure(Reason.Denied, "no"))).toBe(refusal("org.apache.dubbo.rpc.RpcException", "94"));
    expect(written(exchange(2), new Failure(Reason.RateLimited, "no"))).toBe(refusal("org.apache.dubbo.rpc.RpcException", "97"));
    expect(written(exchange(2, 2), new Failure(Reason.Denied, "no"))).toBe(refusal("com.alibaba.dubbo.rpc.RpcException", "94"));
  });

  it("have a status where the client's serialization is another", () => {
    expect(written(exchange(23), new Failure(Reason.Denied, "no"))).toBe(hexOf(message("02", "46", ID, "<no>")));
    expect(written(exchange(23), new Failure(Reason.RateLimited, "no"))).toBe(hexOf(message("02", "64", ID, "<no>")));
  });

  it("are never sent to a connection as a whole", () => {
    const b = new Bench(Direction.Request, []);
    expect(b.codec.reply(b.wire, null, new Failure(Reason.BadRequest, "no"), new Writer())).toBe(false);
  });
});

describe("heartbeats", () => {
  it("have ids of their own", () => {
    const b = new Bench(Direction.Response, []);
    const out = new Writer();
    expect(b.codec.beat(b.wire, out)).toBe(true);
    expect(b.codec.beat(b.wire, out)).toBe(true);
    expect(hexOf(out)).toBe("dabbe200bea7000000000000000000014e" + "dabbe200bea7000000000001000000014e");
  });

  it("carry a refused request's id", () => {
    const b = new Bench(Direction.Request, []);
    const out = new Writer();
    expect(b.codec.carrier(b.wire, exchange(2), out)).toBe(true);
    expect(hexOf(out)).toBe("dabbe200" + ID + "000000014e");
  });

  it("are not what a goodbye is: the event that a Java server sends when it goes", () => {
    const b = new Bench(Direction.Request, []);
    const out = new Writer();
    expect(b.codec.goodbye(b.wire, out)).toBe(true);
    // java-readonly-event of vectors/recorded/java.jsonl, but for the id
    expect(hexOf(out)).toBe("dabba200bea7000000000000000000020152");
  });
});
