import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startJavaServer, type JavaServer } from "../../../harness/peers/dubbo/index.ts";
import { recordedBytes } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";

/** What a real server does with the made vectors: whether each is as broken, or as readable, as it says. */
const OK = 20;
const ANSWER_MS = 10_000;
/** The server understands these in full: a codec that told nothing of them, or the wrong thing, would be led astray. */
const READABLE = [
  "method-chunked", "method-overlong", "path-chunked", "attachment-key-chunked", "attachment-key-overlong", "attachment-value-chunked",
  "attachment-value-lone-surrogate", "attachment-value-map", "attachment-value-number", "protocol-absurd",
];

const requests = made().filter(({ direction }) => direction === "request");
const ordinary = recordedBytes("dubbo", "go-hello-request");
/** Ids of the made requests and of the ordinary one that follows. */
const MADE = 1n;
const FOLLOWING = 2n;

let server: JavaServer;

before(async () => {
  ordinary.writeBigUInt64BE(FOLLOWING, 4);
  server = await startJavaServer({ name: "v1", shutdownWaitMs: 300 });
}, { timeout: 1_000_000 });

after(() => server.stop());

/** Status by id of all that the server answers, until it has answered `until` or closed the connection. */
function ask(frames: Buffer, until: bigint): Promise<Map<bigint, number>> {
  return new Promise((resolve, reject) => {
    const statuses = new Map<bigint, number>();
    const socket = connect({ port: server.port, host: "127.0.0.1" });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer after ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    let rest = Buffer.alloc(0);
    socket.on("data", (piece: Buffer) => {
      rest = Buffer.concat([rest, piece]);
      while (rest.length >= 16 && rest.length >= 16 + rest.readUInt32BE(12)) {
        statuses.set(rest.readBigUInt64BE(4), rest[3]!);
        rest = rest.subarray(16 + rest.readUInt32BE(12));
      }
      if (statuses.has(until)) socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(statuses);
    });
    socket.write(frames);
  });
}

for (const { name, hex } of requests.filter((vector) => READABLE.includes(vector.name))) {
  test(`a server understands ${name}`, async () => {
    assert.equal((await ask(Buffer.from(hex, "hex"), MADE)).get(MADE), OK);
  });
}

// what is refused only behind guards, some server understands
for (const { name, hex } of requests.filter(({ costs, guarded }) => costs === "message" && !guarded)) {
  test(`a server does not understand ${name}, and goes on with the next frame`, async () => {
    const statuses = await ask(Buffer.concat([Buffer.from(hex, "hex"), ordinary]), FOLLOWING);
    assert.notEqual(statuses.get(MADE), OK);
    assert.equal(statuses.get(FOLLOWING), OK);
  });
}
