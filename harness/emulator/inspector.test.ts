import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildWasm } from "../build/compile.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { describeModule } from "./describe.ts";
import { ModuleRefused } from "./errors.ts";
import { Inspector, type Inspection } from "./inspector.ts";

const dir = mkdtempSync(join(cacheDir("run"), "inspector-")), wasm = join(dir, "toy.wasm");
let inspector: Inspector;
before(async () => {
  await buildWasm(join(ROOT, "tests/guests/inspect-toy.ts"), wasm);
  inspector = Inspector.load(wasm);
});
after(() => rmSync(dir, { recursive: true }));

const open = (options: object = {}): Inspection => inspector.open("toy", options);
const ask = (inspection: Inspection, text: string): ReturnType<Inspection["feed"]> => inspection.feed("request", Buffer.from(text));
const tell = (inspection: Inspection, text: string): ReturnType<Inspection["feed"]> => inspection.feed("response", Buffer.from(text));

describe("a module", () => {
  it("describes its codecs", async () => {
    const { codecs } = await describeModule(wasm);
    assert.deepEqual(codecs, [{
      name: "toy", serverFirst: false, order: "free", lanes: true, inline: true, maxHead: 65536, maxFrame: 16777216,
      requestKeys: ["verb", "id", "body", "*"], responseKeys: ["verb", "id", "body", "*"], settableRequest: ["body", "*"], settableResponse: ["body", "*"], reserved: [], serviceKey: "",
    }]);
  });
  it("without the inspection exports is refused", () => {
    assert.throws(() => Inspector.load(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), ModuleRefused);
  });
  it("refuses codecs that it does not have, and wrong options", () => {
    assert.throws(() => inspector.open("none"), /this module has no codec none/);
    assert.throws(() => open({ order: "any" }), /order: found "any", allowed: free, replies, strict/);
  });
});

describe("an inspection", () => {
  it("calls the codec no earlier than it asked for", () => {
    const inspection = open(), bytes = Buffer.from(`tell 1 1000\n${"x".repeat(1000)}`);
    for (const byte of bytes) inspection.feed("request", Buffer.from([byte]));
    assert.equal(inspection.work("request").calls, 13);
  });

  it("finds replies' requests, the oldest with an id first", () => {
    const inspection = open();
    ask(inspection, "call 5 0\ncall 6 0\ntell 7 0\ncall 5 0\n");
    const lines = tell(inspection, "ok 6 0\nmore 5 0\nok 5 0\nok 5 0\nok 5 0\n");
    assert.deepEqual(lines.map(({ request, unmatched }) => unmatched ?? request), [2, 1, 1, 4, true]);
  });

  it("finds them in order where there are no ids", () => {
    const inspection = open({ ids: false });
    ask(inspection, "call 5 0\ncall 6 0\n");
    assert.deepEqual(tell(inspection, "ok 0 0\nok 0 0\n").map(line => line.request), [1, 2]);
  });

  it("lets a codec read what the exchange remembers", () => {
    const inspection = open();
    ask(inspection, "call 1 0 replies=3\n");
    assert.deepEqual(tell(inspection, "ok 1 0\nok 1 0\nok 1 0\n").map(line => line.last), [false, false, true]);
  });

  it("changes heads as they come, and waits for the whole frame only if the codec needs it", () => {
    const inspection = inspector.open("toy", {}, "none");
    inspection.mutate("request", { set: { user: "bob" }, append: { user: "eve" }, remove: ["Debug"] });
    assert.equal(ask(inspection, "call 1 5 user=ann debug=1 x=y\nhe")[0]?.encoded, "changed");
    assert.equal(inspection.output("request").toString(), "call 1 5 x=y user=bob user=eve\nhe");
    ask(inspection, "llo");
    inspection.mutate("request", { set: { body: "longer body" } });
    assert.deepEqual(ask(inspection, "call 2 5\nhe"), []);
    assert.deepEqual(ask(inspection, "llocall 3 *\n").map(line => line.encoded), ["changed", "cannot"]);
    assert.equal(inspection.output("request").toString(), "llocall 2 11\nlonger bodycall 3 *\n");
    assert.throws(() => inspection.mutate("request", { set: { id: "9" } }), /id: the codec cannot change this key/);
  });

  it("answers what the codec answers itself, and does not pass it on", () => {
    const inspection = open();
    const lines = ask(inspection, "local 1 0\nping 2 0\npong 3 0\ntell 4 0\n");
    assert.deepEqual(lines.map(({ answer }) => Buffer.from(answer ?? "", "hex").toString()), ["ok 1 0\n", "pong 2 0\n", "", ""]);
    assert.equal(inspection.output("request").toString(), "tell 4 0\n");
  });

  it("passes opaque bytes unread", () => {
    const inspection = open();
    assert.equal(ask(inspection, "tls 0 0\n\x16\x03")[0]?.opaque, true);
    ask(inspection, "more");
    assert.equal(inspection.output("request").toString(), "tls 0 0\n\x16\x03more");
  });

  it("refuses a head that is too long: the message if its length is known, otherwise the connection", () => {
    const inspection = open({ maxHead: 64 });
    inspection.mutate("request", { set: { body: "b" } });
    const lines = [...ask(inspection, "call 1 100\n"), ...ask(inspection, `${"x".repeat(100)}tell 2 0\n`)];
    assert.deepEqual(lines.map(({ error, skipped, kind }) => error ? [error, skipped] : kind), [["head of 111 bytes, at most 64 are allowed", 111], "call"]);
    const endless = open({ maxHead: 64 });
    assert.match(ask(endless, "c".repeat(80))[0]?.error ?? "", /head of 81 bytes/);
    assert.deepEqual(ask(endless, "\ntell 1 0\n"), []);
  });

  it("writes errors, cancels, carriers and beats in the protocol's words", () => {
    const inspection = open();
    ask(inspection, "call 9 0\n");
    assert.equal(inspection.reply("Denied", "no")?.toString(), "error 9 2 reason=Denied code=0\nno");
    assert.equal(inspection.reply("FaultAbort", "", { code: 7 })?.toString(), "error 9 0 reason=FaultAbort code=7\n");
    assert.equal(inspection.reply("Overflow", "x", { connection: true })?.toString(), "bye 0 1 reason=Overflow code=0\nx");
    assert.equal(inspection.cancel()?.toString(), "cancel 9 0\n");
    assert.equal(inspection.carrier()?.toString(), "call 9 0 carrier=1\n");
    assert.equal(inspection.beat()?.toString(), "ping 0 0\n");
    tell(inspection, "more 9 0\n");
    assert.equal(inspection.reply("Timeout", "late"), null);
    assert.equal(open({ beat: false }).beat(), null);
  });

  it("greets a new lane", () => {
    const inspection = open({ greet: true });
    assert.equal(inspection.greet()?.toString(), "hello 0 0\n");
    assert.equal(tell(inspection, "welcome 0 0\n").find(line => line.greet)?.greet, "head");
    assert.equal(open().greet(), null);
    const refused = open({ greet: true });
    refused.greet();
    assert.equal(tell(refused, "fail 0 0\n").find(line => line.greet)?.greet, "bad");
  });
});
