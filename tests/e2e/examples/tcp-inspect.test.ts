/** examples/tcp-inspect, the same on every host. */
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Room } from "./room.ts";
import { HOSTS, type Stage } from "./stage.ts";

const room = new Room("tcp-inspect");

/** The first flight of a real TLS client. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (bytes: Buffer, _, done) => {
      resolve(bytes);
      done();
    } });
    connectTls({ socket: wire, servername }).on("error", () => undefined);
  });
}

for (const host of HOSTS) describe(`tcp-inspect on ${host.name}`, () => {
  let stage: Stage;
  before(async () => { stage = await host.open(room); });
  after(() => stage?.close());

  it("bytes pass and are counted, and the beginning is logged", async () => {
    const client = await stage.connect();
    client.write("hello, server");
    await client.gets("hello, server");
    client.end();
    await stage.logs(/passed from 127\.0\.0\.1:\d+ to - begins 68656c6c6f2c2073\b/);
    await stage.counts("tcp_inspect_bytes;.;direction=.=received;.;", 13);
    await stage.counts("tcp_inspect_bytes;.;direction=.=sent;.;", 13);
    await stage.counts("tcp_inspect_connections;.;verdict=.=passed;.;", 1);
  });

  it("the name that a TLS client asks for is logged", async () => {
    const client = await stage.connect("shop.example"), hello = await clientHello("shop.example");
    client.write(hello);
    await client.gets(hello);
    client.end();
    await stage.logs(/to shop\.example begins 160301/);
  });

  it("a forbidden beginning closes the connection, also when it comes in pieces, and nothing of it passes", async () => {
    for (const pieces of [["SSH-2.0-x\r\n"], ["S", "SH", "-2.0"]]) {
      const client = await stage.connect();
      for (const piece of pieces) client.write(piece);
      await client.closed();
      assert.equal(client.received().length, 0);
    }
    await stage.counts("tcp_inspect_connections;.;verdict=.=refused;.;", 2);
  });

  it("a beginning that only looks like it passes", async () => {
    const client = await stage.connect();
    client.write("SS");
    client.write("L, not SSH\n");
    await client.gets("SSL, not SSH\n");
    client.end();
  });
});
