/** The servers of `servers.ts` on sockets, for Envoy. */
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { freePort } from "../../harness/tools/net.ts";
import type { Ports } from "./bootstrap.ts";
import type { Pairs } from "./case.ts";
import { metadataServer } from "./metadata.ts";
import { rpc, tcp, telling, web, wire } from "./servers.ts";

/** Servers, and what they were asked since somebody looked last. */
export class Servers {
  served: unknown[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly open: Server[] = [];

  async start(): Promise<Ports> {
    const http = createHttp((request, response) => void this.answer(request).then((answer) => {
      if (!answer || response.destroyed) return;
      // nothing on the wire but what the case says
      response.sendDate = false;
      response.removeHeader("connection");
      response.writeHead(answer.status, wire(answer).flat());
      if (answer.trailers.length > 0) response.addTrailers(answer.trailers);
      response.end(answer.body);
    }, () => response.destroy()));
    const echo = createTcp({ allowHalfOpen: true }, (socket) => {
      socket.on("data", (bytes) => {
        this.served.push(bytes.toString());
        const { write, close } = tcp(bytes.toString());
        if (close) socket.end();
        else socket.write(write);
      });
      socket.on("end", () => socket.end()).on("error", () => socket.destroy());
    });
    const grpc = createHttp2().on("stream", (stream, headers) => this.rpc(stream, String(headers[":path"]), metadataOf(headers as Record<string, string>)));
    const metadata = createTcp((socket) => metadataServer(socket, (got) => this.served.push(got)));
    const ports = await Promise.all([http, echo, grpc as unknown as Server, metadata].map((server) => this.listen(server)));
    return { web: ports[0] ?? 0, tcp: ports[1] ?? 0, grpc: ports[2] ?? 0, metadata: ports[3] ?? 0, refused: await freePort() };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.open.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private listen(server: Server): Promise<number> {
    this.open.push(server);
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
  }

  private async answer(request: IncomingMessage): Promise<ReturnType<typeof web>> {
    let body = "";
    for await (const piece of request) body += String(piece);
    const asked = { method: request.method ?? "", path: request.url ?? "", headers: inPairs(request.rawHeaders), body, trailers: inPairs(request.rawTrailers) };
    this.served.push({ ...asked, headers: telling(asked.headers) });
    return web(asked);
  }

  private rpc(stream: ServerHttp2Stream, path: string, asked: Pairs): void {
    const method = path.slice(path.lastIndexOf("/") + 1), messages: string[] = [];
    let bytes = Buffer.alloc(0), over = false;
    stream.on("error", () => stream.destroy());
    stream.on("data", (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
        const message = bytes.subarray(5, 5 + bytes.readUInt32BE(1)).toString();
        bytes = bytes.subarray(5 + message.length);
        messages.push(message);
        const answer = over ? undefined : rpc(method, message);
        if (!answer) continue;
        over = true;
        this.served.push({ path, metadata: asked, messages });
        stream.respond({ ":status": 200, "content-type": "application/grpc", ...Object.fromEntries(answer.initial) }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({
          "grpc-status": String(answer.status), ...(answer.text ? { "grpc-message": answer.text } : {}), ...Object.fromEntries(answer.trailers),
        }));
        for (const each of answer.messages) stream.write(framed(each));
        stream.end();
      }
    });
  }
}

function framed(message: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(message), 1);
  return Buffer.concat([head, Buffer.from(message)]);
}

export function inPairs(raw: string[]): Pairs {
  const pairs: Pairs = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return pairs;
}

/** Metadata of the caller's own, by their names in the cases. */
function metadataOf(headers: Record<string, string>): Pairs {
  return Object.entries(headers).filter(([name]) => name.startsWith("x-") && !/^x-(envoy|forwarded|request)-/.test(name));
}
