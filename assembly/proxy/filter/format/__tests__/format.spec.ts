import { Problems } from "../../../../bytes/problems";
import { Writer } from "../../../../bytes/writer";
import { utf8Bytes } from "../../../../bytes/utf8";
import { KeyResolver } from "../../../match/keyResolver";
import { Codec } from "../../../../codec/codec";
import { Direction, Verdict } from "../../../../codec/enums";
import { Frame } from "../../../../codec/frame";
import { Wire } from "../../../../codec/wire";
import { Exchange } from "../../../exchange/exchange";
import { Failure, Reason } from "../../../../codec/failure";
import { Edit } from "../../../../codec/mutation";
import { Route } from "../../../route/table";
import { Format, SavedValuesPool, Moment, readFormat } from "../index";
import { writeTime } from "../time";

class Words extends Codec {
  constructor() {
    super();
    this.protocol = "words";
    this.traits.requestKeys = ["user", "method", "*"];
    this.traits.responseKeys = ["code"];
  }

  request(w: Wire, f: Frame): Verdict { return Verdict.Bad; }
  response(w: Wire, f: Frame): Verdict { return Verdict.Bad; }
  reply(w: Wire, x: Exchange | null, failure: Failure, out: Writer): bool { return false; }
}

let timed = false;

class Asker extends KeyResolver {
  constructor() { super(new Words(), "demo"); }

  request(path: string, name: string, problems: Problems): i32 { return this.ask(path, name, Direction.Request, problems); }
  response(path: string, name: string, problems: Problems): i32 { return this.ask(path, name, Direction.Response, problems); }
  own(name: string): i32 { return -1; }
  edit(path: string, name: string, direction: Direction, problems: Problems): Edit | null { return null; }
  timed(): void { timed = true; }

  private ask(path: string, name: string, direction: Direction, problems: Problems): i32 {
    const slot = this.codec.slot(name, direction);
    if (slot < 0) problems.report(path, "no key " + name);
    return slot;
  }
}

const keys = new Asker();
const out = new Writer();

function format(text: string, moment: Moment): Format {
  const problems = new Problems(), made = readFormat("value", text, moment, keys, problems);
  expect(problems.error).toBe("", text);
  return made ? made : new Format([], moment);
}

function mistake(text: string, moment: Moment = Moment.Request): string {
  const problems = new Problems();
  readFormat("value", text, moment, keys, problems);
  return problems.error;
}

/** A message with these words as values of user, method and code, one after the other; an empty word is absent. */
function frame(words: string[]): Frame {
  const f = new Frame(), text = utf8Bytes(words.join(""));
  f.reset();
  f.metadata.base = changetype<usize>(text);
  let at = 0;
  for (let i = 0; i < words.length; i++) {
    const length = String.UTF8.byteLength(words[i]);
    if (length > 0) f.put(i, at, length);
    at += length;
  }
  __pin(changetype<usize>(text));
  return f;
}

function written(x: Exchange, f: Frame | null, text: string): string {
  out.reset();
  format(text, Moment.Request).write(x, f, null, out);
  return String.UTF8.decodeUnsafe(out.base, out.length);
}

describe("formats", () => {
  it("writes text, keys and percent signs", () => {
    const x = new Exchange(), f = frame(["ann", "sayHello"]);
    expect(written(x, f, "plain")).toBe("plain");
    expect(written(x, f, "")).toBe("");
    expect(written(x, f, "100 %% of %REQ(User)%/%REQ(method)%.")).toBe("100 % of ann/sayHello.");
    expect(written(x, f, "%REQ(other)%|%REQ(other?user)%|%REQ(method?user):3%")).toBe("-|ann|say");
    expect(written(x, f, "%SERVICE% %PROTOCOL%")).toBe("demo words");
    expect(written(x, null, "%REQ(user)%")).toBe("-");
  });

  it("cuts no character in two", () => {
    expect(written(new Exchange(), frame(["aé中"]), "%REQ(user):2%|%REQ(user):3%|%REQ(user):5%|%REQ(user):6%")).toBe("a|aé|aé|aé中");
  });

  it("does not show hidden keys, and the first of several values", () => {
    const f = frame(["ann"]);
    f.put(0, 1, 2);
    expect(written(new Exchange(), f, "%REQ(user)%")).toBe("ann");
    f.hide(0);
    expect(written(new Exchange(), f, "%REQ(user)%")).toBe("-");
  });

  it("writes what is known of the exchange", () => {
    const x = new Exchange(), text = "%ROUTE_NAME% %CLUSTER% %UPSTREAM_HOST% %BYTES_RECEIVED% %BYTES_SENT% %RESPONSE_FLAGS% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%";
    expect(written(x, null, text)).toBe("- - - 0 0 - 0 - 0");
    x.route = new Route("canary");
    x.requestBytes = 12;
    x.responseBytes = 5_000_000_000;
    x.failure = new Failure(Reason.RateLimited, "slow down");
    x.code = -3;
    x.attempts = 2;
    expect(written(x, null, text)).toBe("canary - - 12 5000000000 RL -3 RateLimited 2");
    x.isCut = true;
    expect(written(x, null, "%RESPONSE_FLAGS%")).toBe("RL,DC");
    x.failure = null;
    expect(written(x, null, "%RESPONSE_FLAGS%")).toBe("DC");
  });

  it("writes times, and asks for a clock only then", () => {
    timed = false;
    const x = new Exchange();
    written(x, null, "%BYTES_SENT%");
    expect(timed).toBe(false);
    x.startedAt = 1_545_088_462_123_456_789;
    expect(written(x, null, "%START_TIME% %DURATION%")).toBe("2018-12-17T23:14:22.123Z 0");
    expect(timed).toBe(true);
    const times: u64[] = [0, 951_826_554_999, 951_868_800_000, 4_107_542_400_000];
    const texts = ["1970-01-01T00:00:00.000Z", "2000-02-29T12:15:54.999Z", "2000-03-01T00:00:00.000Z", "2100-03-01T00:00:00.000Z"];
    for (let i = 0; i < times.length; i++) {
      out.reset();
      writeTime(out, times[i]);
      expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe(texts[i]);
    }
  });

  it("tells whether there was any value", () => {
    const x = new Exchange(), f = frame(["", "m"]);
    out.reset();
    expect(format("text", Moment.Request).write(x, f, null, out)).toBe(true);
    expect(format("a %REQ(user)%", Moment.Request).write(x, f, null, out, "")).toBe(false);
    expect(format("%REQ(user)%%REQ(method)%", Moment.Request).write(x, f, null, out, "")).toBe(true);
    expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("texta m");
  });

  it("keeps what is gone when it is written, for several formats in turn", () => {
    const keeper = new SavedValuesPool(), x = new Exchange();
    const first = format("%REQ(user)%-%RESP(code)%", Moment.End), second = format("%REQ(x)%%REQ(method)%=%RESP(code):1%", Moment.End);
    expect(first.keepsRequest && first.keepsReply).toBe(true);
    expect(format("%ROUTE_NAME%", Moment.End).keepsRequest).toBe(false);
    expect(format("%RESP(code)%", Moment.Reply).keepsReply).toBe(false);
    const request = frame(["ann", "m"]), kept = keeper.take();
    expect(keeper.of(0) == null).toBe(true);
    expect(keeper.of(kept.place + 1) === kept).toBe(true);
    first.keepRequest(request, kept);
    second.keepRequest(request, kept);
    for (let i = 0; i < 2; i++) {
      kept.reply.clear();
      first.keepReply(frame([i ? "404" : "100"]), kept);
      second.keepReply(frame([i ? "404" : "100"]), kept);
    }
    for (let i = 0; i < 2; i++) {
      kept.rewind();
      out.reset();
      first.write(x, null, kept, out);
      out.u8(0x20);
      second.write(x, null, kept, out);
      expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("ann-404 -m=4");
    }
    keeper.give(kept);
    expect(keeper.take() === kept).toBe(true);
    kept.rewind();
    out.reset();
    expect(first.write(x, null, kept, out)).toBe(false);
    expect(String.UTF8.decodeUnsafe(out.base, out.length)).toBe("---");
  });

  it("keeps 1,024 bytes of a value at most", () => {
    const kept = new SavedValuesPool().take(), long = format("%REQ(user)%", Moment.End);
    long.keepRequest(frame(["x".repeat(3000)]), kept);
    out.reset();
    long.write(new Exchange(), null, kept, out);
    expect(out.length).toBe(1024);
  });

  it("tells mistakes with their offset", () => {
    expect(mistake("abc %REQ(user)")).toBe("value, offset 4: found % without the % that ends it; write %% for a percent sign");
    expect(mistake("100%")).toBe("value, offset 3: found % without the % that ends it; write %% for a percent sign");
    expect(mistake("%RQE(user)%").startsWith('value, offset 0: found "%RQE%", allowed: REQ, RESP, ')).toBe(true);
    expect(mistake("%RESPONSE_FLAG%").endsWith("(did you mean RESPONSE_FLAGS?)")).toBe(true);
    expect(mistake("%REQ%")).toBe("value, offset 0: found %REQ%, which needs one in brackets");
    expect(mistake("%REQ()%")).toBe("value, offset 0: found %REQ%, which needs one in brackets");
    expect(mistake("%CLUSTER(x)%")).toBe("value, offset 0: found %CLUSTER%, which has no argument");
    expect(mistake("%RESP(code)%")).toBe("value, offset 0: found %RESP%, but there is no reply yet when this is written");
    expect(mistake("é %RESP(user)%", Moment.Reply)).toBe("value, offset 2: no key user");
    expect(mistake("%REQ(user):0%")).toBe('value, offset 0: found the length "0", allowed: a whole number of 1..65536');
    expect(mistake("%REQ(user):9999999999999%")).toBe('value, offset 0: found the length "9999999999999", allowed: a whole number of 1..65536');
    expect(mistake("%REQ(user)x%")).toBe('value, offset 0: found "%REQ(user)x%", whose ) is misplaced');
    expect(mistake("%REQ(user%")).toBe("value, offset 0: found % without the % that ends it; write %% for a percent sign");
  });

  it("writes nothing of a property that the host does not have", () => {
    expect(written(new Exchange(), frame(["ann"]), "%PROPERTY(connection.requested_server_name)%")).toBe("-");
  });
});
