/** Frames of known length whose message must end with them: nothing of a second one reaches a server, or a client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CALL, framed, hex, join, repeat, REPLY, STOP, strict, u32 } from "../../codecs/thrift/vectors/bytes.ts";
import { type Connection } from "../../harness/emulator/index.ts";
import { type Client, World } from "./world.ts";

const text = (size: number, id = 1): Buffer => join(hex(`0b 000${id}`), u32(size), Buffer.alloc(size, 0x61), STOP);
const DROP = strict("drop", STOP, CALL, 9);
const ERROR = /\x80\x01\x00\x03\x00\x00\x00\x04echo\x00\x00\x00\x07/;

/** What reached a server of all that a client wrote, and what the client got. */
interface Side { send(bytes: Buffer): void; server(): string; serve(bytes: Buffer): void; got(): string; connection: Connection }

async function open(upstream: string): Promise<Side> {
  const world = await World.of("thrift", { upstream, defaultCluster: "a" });
  const client: Client | undefined = upstream === "lanes" ? world.client() : undefined;
  const connection = client?.connection ?? world.emulator.newConnection(world.root, null);
  let forwarded = "", got = "";
  const settle = (): void => {
    world.emulator.drainQueues();
    if (!client) forwarded += connection.takeForwarded().toString("latin1");
    got += connection.takeWritten().toString("latin1");
  };
  return {
    connection,
    send: (bytes) => { connection.downstream(bytes); settle(); },
    server: () => client ? client.hcm.lanes.map(({ received }) => received.toString("latin1")).join("") : forwarded,
    serve: (bytes) => { if (client) client.lane("a").send(bytes); else connection.upstream(bytes); settle(); },
    got: () => got,
  };
}

for (const upstream of ["lanes", "inline"]) {
  for (const size of [10, 70_000, 400_000]) {
    for (const piece of [Infinity, 16_000]) {
      const bytes = join(framed(join(strict("echo", text(size)), DROP)));
      test(`${upstream}: a second message behind ${size} bytes, in pieces of ${piece}`, async () => {
        const side = await open(upstream);
        for (let at = 0; at < bytes.length; at += piece) side.send(bytes.subarray(at, at + piece));
        assert.ok(!side.server().includes("drop"));
        assert.ok(side.server().length < bytes.length - DROP.length, "its server never has all of the first");
        if (upstream === "lanes") assert.match(side.got(), ERROR);
        side.send(framed(DROP));
        if (size > 65_536 && piece < size) {
          assert.equal(side.connection.closed, true);
          assert.ok(!side.server().includes("drop"), "nothing follows what is broken");
        } else {
          assert.ok(side.server().endsWith(framed(DROP).toString("latin1")), "only that message is lost");
        }
      });
    }
  }
}

test("a frame that ends inside its message does not take the next one along", async () => {
  const cut = framed(strict("echo", text(400_000).subarray(0, 300_000))), bytes = join(cut, framed(DROP));
  for (const [piece, passed] of [[bytes.length, framed(DROP)], [cut.length - 1, cut.subarray(0, -1)]] as const) {
    const side = await open("lanes");
    for (let at = 0; at < bytes.length; at += piece) side.send(bytes.subarray(at, at + piece));
    assert.ok(side.server() === passed.toString("latin1"), `pieces of ${piece}`);
    assert.match(side.got(), ERROR);
  }
});

test("a frame passes when its message ends with it, in any pieces, and calls before a broken one are answered", async () => {
  for (const size of [10, 70_000, 400_000]) {
    for (const piece of [Infinity, 4096]) {
      const side = await open("lanes"), bytes = framed(strict("echo", text(size)));
      for (let at = 0; at < bytes.length; at += piece) side.send(bytes.subarray(at, at + piece));
      assert.equal(side.server(), bytes.toString("latin1"));
      const broken = framed(join(strict("echo", text(400_000), CALL, 8), DROP)), reply = framed(strict("echo", text(200_000, 0), REPLY));
      for (let at = 0; at < broken.length; at += 100_000) side.send(broken.subarray(at, at + 100_000));
      for (let at = 0; at < reply.length; at += piece) side.serve(reply.subarray(at, at + piece));
      assert.equal(side.got().slice(0, reply.length), reply.toString("latin1"));
      assert.match(side.got().slice(reply.length), /^....\x80\x01\x00\x03\x00\x00\x00\x04echo\x00\x00\x00\x08/);
      assert.equal(side.connection.closed, true);
    }
  }
});

test("a reply with another behind it in its frame: an error, or the end of the connection once some of it has gone on", async () => {
  for (const [size, closes] of [[10, false], [400_000, true]] as const) {
    const side = await open("lanes"), reply = framed(join(strict("echo", text(size, 0), REPLY), strict("echo", text(4, 0), REPLY, 8)));
    side.send(framed(strict("echo")));
    for (let at = 0; at < reply.length; at += 100_000) side.serve(reply.subarray(at, at + 100_000));
    assert.equal(side.connection.closed, closes);
    assert.doesNotMatch(side.got(), /\x80\x01\x00\x02\x00\x00\x00\x04echo\x00\x00\x00\x08/);
    if (!closes) assert.match(side.got(), ERROR);
  }
});

test("errors of what is too deep repeat name and sequence id, unframed too; 1,000 levels pass", async () => {
  const deep = (levels: number): Buffer => join(repeat(hex("0c 0001"), levels), repeat(STOP, levels + 1));
  for (const wrap of [framed, (message: Buffer): Buffer => message]) {
    const side = await open("lanes"), good = wrap(strict("echo", deep(1000)));
    side.send(good);
    assert.equal(side.server(), good.toString("latin1"));
    side.serve(wrap(strict("echo", STOP, REPLY)));
    side.send(wrap(strict("echo", deep(1100))));
    assert.match(side.got(), ERROR);
  }
});
