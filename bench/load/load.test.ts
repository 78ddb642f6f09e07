import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { load, PROTOCOLS, startBackend, type Backend, type Load } from "./load.ts";

const SHORT = { connections: 3, inFlight: 5, warmSeconds: 0.02, seconds: 0.05, watch: [] };

let backend: Backend;
before(async () => { backend = await startBackend(); });
after(() => backend.stop());

for (const protocol of PROTOCOLS) {
  test(`${protocol}: bodies from nothing to what fits into no buffer are answered`, async () => {
    for (const body of [0, 31, 32, 1023, 1024, 32_768, 32_769, 1_000_000]) {
      const measured = await load({ ...SHORT, protocol, port: backend.ports[protocol], body, watch: [backend.pid] });
      assert.ok(measured.requestBytes > body && measured.requests > 0);
      const { min, p50, p99, max } = measured.latency;
      assert.ok(0 < min && min <= p50 * 1.02 && p50 <= p99 && p99 <= max * 1.02, JSON.stringify(measured.latency));
      assert.ok(measured.watched[0]!.all > 0 && measured.own > 0);
    }
  });
}

/** The first request of a run against a server that answers so, and how the run ended. */
async function firstRequest(protocol: Load["protocol"], answer: (request: Buffer) => Buffer): Promise<{ request: Buffer; outcome: Promise<unknown> }> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const first = once(server, "connection").then(async ([socket]: Socket[]) => {
    const [request] = await once(socket!, "data") as [Buffer];
    socket!.on("data", (more: Buffer) => socket!.write(answer(more))).on("error", () => socket!.destroy());
    socket!.write(answer(request));
    server.close();
    return request;
  });
  const outcome = load({ ...SHORT, connections: 1, inFlight: 1, protocol, body: 4, port: (server.address() as AddressInfo).port }).catch((error: unknown) => error);
  return { request: await first, outcome };
}

/** Sends bytes to the server behind; as much as comes in one piece. */
async function ask(protocol: Load["protocol"], request: Buffer): Promise<Buffer> {
  const socket = connect({ port: backend.ports[protocol], host: "127.0.0.1" });
  socket.write(request);
  const [bytes] = await once(socket, "data") as [Buffer];
  socket.destroy();
  return bytes;
}

/** Dubbo's, of the value null. */
function reply(request: Buffer, status: number): Buffer {
  const bytes = Buffer.from([0xda, 0xbb, 2, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x91, 0x4e]);
  request.copy(bytes, 4, 4, 12);
  return bytes;
}

test("dubbo: an answer with the id of another request, and one with an error's status, are told", async () => {
  const late = await firstRequest("dubbo", (request) => reply(request.fill(99, 4, 12), 20));
  assert.match(String(await late.outcome), /"errors":[1-9]/);
  const failed = await firstRequest("dubbo", (request) => reply(request, 70));
  assert.match(String(await failed.outcome), /"errors":[1-9]/);
});

test("dubbo: the server behind answers with the id and the argument of the request", async () => {
  const { request, outcome } = await firstRequest("dubbo", (bytes) => reply(bytes, 20));
  assert.ok(!(await outcome instanceof Error), String(await outcome));
  assert.equal(request.readUInt32BE(12), request.length - 16);
  const answer = await ask("dubbo", request);
  assert.deepEqual(answer.subarray(4, 12), request.subarray(4, 12));
  assert.equal(answer.subarray(16).toString("latin1"), "\x91\x04aaaa");
});
