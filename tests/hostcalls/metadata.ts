/** Peers that speak METADATA frames of HTTP/2, which no library of Node does: a client and a server, one request each. */
import { connect, type Socket } from "node:net";
import { Flag, frame, FrameReader, PREFACE, settings, Type } from "../../harness/emulator/http2/frames.ts";
import type { Answer, Pairs, Request } from "./case.ts";

/** Envoy's extension: a header block of its own, and the setting that allows it. */
const METADATA = 0x4d, END_METADATA = 4, ALLOW = 0x4d44;
/** Of HPACK's static table, as one byte. */
const STATUS_200 = 0x88;
const HEADERS = Type.Headers, DATA = Type.Data;

/** Literals without an index: no tables needed. Names and values below 127 bytes. */
function block(pairs: Pairs): Buffer {
  return Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]));
}

const metadataFrame = (pairs: Pairs): Buffer => frame(METADATA, END_METADATA, 1, block(pairs));

/** GET with metadata behind its headers and an empty end. METADATA frames of the answer are told in its body. */
export function metadataRequest(port: number, { path = "/", metadata = [] }: Request): Promise<Answer> {
  const answer: Answer = { status: 0, headers: [], body: "", trailers: [], reset: false };
  const socket = connect({ port, host: "127.0.0.1" });
  const request = block([[":method", "POST"], [":path", path], [":scheme", "http"], [":authority", "parity"]]);
  socket.write(Buffer.concat([PREFACE, settings({ [ALLOW]: 1 }), frame(HEADERS, Flag.EndHeaders, 1, request), metadataFrame(metadata), frame(DATA, Flag.EndStream, 1)]));
  return new Promise((resolve) => {
    const finish = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("error", finish).on("close", finish);
    read(socket, (type, payload, end) => {
      if (type === HEADERS && payload[0] === STATUS_200) answer.status = 200;
      if (type === METADATA) answer.body += "METADATA";
      if (end) finish();
    });
  });
}

/** For each connection: answers its first request with metadata once that has ended. */
export function metadataServer(socket: Socket, served: (frames: string) => void): void {
  let metadata = "";
  socket.on("error", () => socket.destroy());
  socket.write(settings({ [ALLOW]: 1 }));
  read(socket, (type, _payload, end) => {
    if (type === METADATA) metadata += "METADATA";
    if (!end) return;
    served(metadata);
    socket.write(Buffer.concat([frame(HEADERS, Flag.EndHeaders, 1, block([[":status", "200"]])), metadataFrame([["answer", "meta"]]), frame(DATA, Flag.EndStream, 1)]));
  }, PREFACE.length);
}

/** Frames of stream 1; settings are acknowledged. */
function read(socket: Socket, each: (type: number, payload: Buffer, end: boolean) => void, skip = 0): void {
  const reader = new FrameReader();
  socket.on("data", (bytes: Buffer) => {
    const preface = Math.min(skip, bytes.length);
    skip -= preface;
    reader.read(bytes.subarray(preface), ({ type, flags, stream, payload }) => {
      if (type === Type.Settings && !(flags & Flag.Ack)) socket.write(frame(Type.Settings, Flag.Ack, 0));
      else if (stream === 1) each(type, payload, (type === HEADERS || type === DATA) && (flags & Flag.EndStream) !== 0);
    });
  });
}
