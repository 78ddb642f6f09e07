/** Bytes that cannot be read, on the real Envoy: where `opaque: allow` stands they pass both ways, and so does either end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const OPENER = "tls 0 0\n", LARGE = 3 << 20;

let server: Server, mesh: Mesh;
const ports: Record<string, number> = {};
/** What each connection has brought to the server, in order. */
const seen: { socket: Socket; text: string }[] = [];

/** Answers calls of the toy protocol; behind an opener it repeats all bytes, and ends its side behind the word `bye`. */
function serve(socket: Socket): void {
  const one = { socket, text: "" };
  let raw = false;
  seen.push(one);
  socket.setNoDelay(true).on("error", () => socket.destroy()).on("data", (bytes: Buffer) => {
    const piece = bytes.toString("latin1");
    one.text += piece;
    const opener = one.text.indexOf(OPENER);
    if (!raw && opener >= 0) {
      raw = true;
      socket.write(one.text.slice(opener + OPENER.length), "latin1");
    } else if (raw) {
      socket.write(piece, "latin1");
    } else {
      for (const [, id] of piece.matchAll(/^call (\d+) 0\n/gm)) socket.write(`ok ${id} 0\n`);
    }
    if (raw && one.text.endsWith("bye")) socket.end();
  });
}

before(async () => {
  server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  mesh = await startMesh([
    serviceEntry("lanes.example", "tcp-toy", [[port]]), serviceEntry("inline.example", "tcp-toy", [[port]], { "meltemi.io/upstream": "inline" }),
    serviceEntry("denied.example", "tcp-toy", [[port]]),
  ].join("\n---\n"), {
    wasm: await buildGuest("tests/toy/index.ts"),
    plugin: (configuration) => configuration.service === "denied.example" ? configuration : { ...configuration, opaque: "allow" },
  });
  for (const [listener, at] of await mesh.envoy.listeners()) ports[["lanes", "inline", "denied"].find((name) => listener.includes(`${name}.example`))!] = at.port;
});

after(async () => {
  await mesh?.envoy.stop();
  for (const { socket } of seen) socket.destroy();
  server?.close();
});

class Client {
  readonly socket: Socket;
  got = "";
  ended = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true }).setEncoding("latin1");
    this.socket.on("data", (text: string) => { this.got += text; }).on("end", () => { this.ended = true; }).on("error", () => { this.ended = true; });
  }

  async gets(text: string): Promise<void> { await until(`the client has ${text.length} bytes`, 20_000, () => this.got.length >= text.length); }
}

for (const upstream of ["lanes", "inline"]) {
  test(`${upstream}: behind the answers to what could be read bytes pass both ways, and the server's end is told`, async () => {
    const client = new Client(ports[upstream]!), answer = "ok 1 0\n", raw = "\x16\x03 no such verb\n";
    client.socket.write("call 1 0\n");
    await client.gets(answer);
    client.socket.write(`${OPENER}${raw}`, "latin1");
    await client.gets(answer + raw);
    client.socket.write("ok 1 0\nmore, bye", "latin1");
    await until("the server's end is told", 20_000, () => client.ended);
    assert.equal(client.got, `${answer}${raw}ok 1 0\nmore, bye`);
    client.socket.destroy();
  });

  test(`${upstream}: large streams both ways`, async () => {
    const client = new Client(ports[upstream]!), big = "z".repeat(LARGE);
    client.socket.write(`${OPENER}${big}`, "latin1");
    await client.gets(big);
    assert.equal(client.got === big, true);
    client.socket.destroy();
  });
}

test("where it is not allowed such bytes reach no server, and the connection ends", async () => {
  const before = seen.length, client = new Client(ports.denied!);
  client.socket.write(`${OPENER}secret`, "latin1");
  await until("the connection ends", 20_000, () => client.ended);
  client.socket.destroy();
  assert.deepEqual(seen.slice(before).filter(({ text }) => text.includes("secret")), []);
});
