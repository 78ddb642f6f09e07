import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connection } from "./connection.ts";
import { FakeHcm, Http2Error, type HcmOptions } from "./http2.ts";
import { Flag, frame, FrameReader, PREFACE, settings, Type, u32, type Frame } from "./http2/frames.ts";
import { encodeHeaders } from "./http2/hpack.ts";
import { huffman } from "./http2/huffman.ts";

/** A filter that keeps what the connection manager writes, and says what it is told to. */
function filter(options: HcmOptions = {}): { hcm: FakeHcm; say: (...bytes: Buffer[]) => void; heard: () => Frame[]; closed: () => boolean } {
  const hcm = new FakeHcm(options), reader = new FrameReader(), frames: Frame[] = [];
  let closed = false;
  const connection = {
    upstream: (bytes: Buffer) => reader.read(bytes, each => frames.push(each)),
    close: () => { closed = true; },
  } as unknown as Connection;
  return { hcm, say: (...bytes) => hcm.data(connection, Buffer.concat(bytes)), heard: () => frames.splice(0), closed: () => closed };
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
const CONNECT = Buffer.concat([
  Buffer.from([2]), text("CONNECT"), Buffer.from([1]), text("lane"), Buffer.from([0]), text("x-meltemi-cluster"), text("backend"),
]);
const OPEN = Buffer.concat([
  PREFACE, settings({ 1: 0, 2: 0, 4: 0x7fffffff }), frame(Type.Settings, Flag.Ack, 0), frame(Type.Window, 0, 0, u32(0x7fffffff - 65535)),
]);
const lane = (id: number): Buffer => frame(Type.Headers, Flag.EndHeaders, id, CONNECT);
const data = (id: number, bytes: string | Buffer, flags = 0): Buffer => frame(Type.Data, flags, id, Buffer.from(bytes as string));

describe("the connection manager's HTTP/2 side", () => {
  it("opens lanes with their headers and answers them at once, in one write", () => {
    const { hcm, say, heard } = filter({ onLane: opened => { opened.onData = bytes => opened.send(`echo ${bytes}`); } });
    say(OPEN, lane(1), data(1, "hi"));
    assert.deepEqual(hcm.lanes[0]?.headers, { ":method": "CONNECT", ":authority": "lane", "x-meltemi-cluster": "backend" });
    const frames = heard();
    assert.deepEqual(frames.map(each => each.type), [Type.Settings, Type.Window, Type.Settings, Type.Headers, Type.Data]);
    assert.equal(frames[3]?.payload.subarray(0, 2).toString("hex"), "2088");
    assert.equal(frames[4]?.payload.toString(), "echo hi");
  });

  it("reads what is cut at any byte", () => {
    const whole = Buffer.concat([OPEN, lane(1), data(1, "hello"), data(1, "", Flag.EndStream)]);
    const { hcm, say } = filter();
    for (const byte of whole) say(Buffer.from([byte]));
    assert.equal(hcm.lanes[0]?.received.toString(), "hello");
    assert.equal(hcm.lanes[0]?.ended, true);
  });

  it("fails a lane as Envoy does", () => {
    const { say, heard } = filter({ onLane: opened => opened.fail(503, "UH", "no_healthy_upstream", "no healthy upstream") });
    say(OPEN, lane(1));
    assert.deepEqual(heard().slice(3).map(({ type, flags }) => [type, flags]), [[Type.Headers, 4], [Type.Data, 1], [Type.Reset, 0]]);
  });

  it("ends and aborts lanes, sends GOAWAY", () => {
    const { hcm, say, heard } = filter();
    say(OPEN, lane(1), lane(3));
    heard();
    hcm.lane(1)?.end();
    hcm.lane(3)?.abort();
    hcm.goAway();
    assert.deepEqual(heard().map(({ type, stream }) => [type, stream]),
      [[Type.Headers, 1], [Type.Data, 1], [Type.Reset, 1], [Type.Reset, 3], [Type.GoAway, 0]]);
  });

  it("gives the window back after half of it, and not while the server does not read", () => {
    const { hcm, say, heard } = filter({ streamWindow: 100_000 });
    const part = Buffer.alloc(10_000);
    say(OPEN, lane(1));
    heard();
    for (let i = 0; i < 4; i++) say(data(1, part));
    assert.deepEqual(heard(), []);
    say(data(1, part));
    assert.deepEqual(heard().map(each => each.payload.readUInt32BE(0)), [50_000]);
    const opened = hcm.lane(1);
    assert.ok(opened);
    opened.reading = false;
    for (let i = 0; i < 10; i++) say(data(1, part));
    assert.deepEqual(heard(), []);
    assert.equal(opened.window, 0);
    opened.resume();
    assert.deepEqual(heard().map(each => each.payload.readUInt32BE(0)), [100_000]);
  });

  it("fails the test of a filter that oversteps a window", () => {
    const { say, closed } = filter({ streamWindow: 20_000 });
    say(OPEN, lane(1));
    assert.throws(() => say(data(1, Buffer.alloc(8_000)), data(1, Buffer.alloc(16_000))), /oversteps the window of stream 1 by 4000 bytes/);
    assert.equal(closed(), true);
  });

  it("sends no more than the filter's windows allow", () => {
    const { hcm, say, heard } = filter({ onLane: opened => opened.send(Buffer.alloc(70_000)) });
    say(PREFACE, settings({ 4: 30_000 }), frame(Type.Settings, Flag.Ack, 0), lane(1));
    const sent = (): number => heard().filter(each => each.type === Type.Data).reduce((sum, each) => sum + each.payload.length, 0);
    assert.equal(sent(), 30_000);
    say(frame(Type.Window, 0, 1, u32(100_000)));
    assert.equal(sent(), 35_535);
    say(frame(Type.Window, 0, 0, u32(100_000)));
    assert.equal(sent(), 4_465);
    assert.equal(hcm.lane(1)?.waiting, 0);
  });

  it("answers PINGs, at once or when told", () => {
    const ping = frame(Type.Ping, 0, 0, Buffer.from("12345678"));
    const { hcm, say, heard } = filter({ pong: false });
    say(OPEN, ping);
    heard();
    hcm.answerPings();
    assert.deepEqual(heard().map(each => [each.type, each.flags, each.payload.toString()]), [[Type.Ping, 1, "12345678"]]);
    assert.throws(() => say(...Array.from({ length: 10_001 }, () => ping)), /10001 PINGs/);
  });

  it("refuses what is not HTTP/2, not CONNECT, or too many resets", () => {
    assert.throws(() => filter().say(Buffer.from("GET / HTTP/1.1")), Http2Error);
    assert.throws(() => filter().say(OPEN, frame(Type.Headers, Flag.EndHeaders, 1, Buffer.from([0x82]))), /not a CONNECT request/);
    assert.throws(() => filter().say(OPEN, data(1, "x")), /never opened/);
    assert.throws(() => filter().say(OPEN, lane(3), lane(1)), /does not follow/);
    const { say } = filter();
    say(OPEN);
    assert.throws(() => {
      for (let id = 1; id < 1000; id += 2) say(lane(id), frame(Type.Reset, 0, id, u32(8)));
    }, /251 lanes reset/);
  });
});

describe("header blocks", () => {
  it("use Huffman where it is shorter, as in RFC 7541 C.4.1 and C.6.1", () => {
    assert.equal(huffman("www.example.com").toString("hex"), "f1e3c2e5f23a6ba0ab90f4ff");
    assert.equal(huffman("Mon, 21 Oct 2013 20:13:21 GMT").toString("hex"), "d07abe941054d444a8200595040b8166e082a62d1bff");
  });
  it("use the static table", () => {
    assert.equal(encodeHeaders({ ":status": "503", server: "e" }, false).toString("hex"), Buffer.concat([
      Buffer.from([0x08, 3]), Buffer.from("503"), Buffer.from([0x0f, 54 - 15, 1]), Buffer.from("e"),
    ]).toString("hex"));
  });
});
