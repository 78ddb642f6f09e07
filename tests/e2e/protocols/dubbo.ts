/** Dubbo: a Java server, Java and Go clients. */
import * as bytes from "../../../codecs/dubbo/vectors/bytes.ts";
import { made } from "../../../codecs/dubbo/vectors/made.ts";
import { type Call, type CallOptions, type DubboClient, startGoClient, startJavaClient, startJavaServer } from "../../../harness/peers/dubbo/index.ts";
import { badBytes, noises } from "../noise.ts";
import { type Client, largeEcho, type Outcome, type Protocol, type Server } from "../scenarios/protocol.ts";

const INTERFACE = "org.meltemi.demo.Demo", IN_FLIGHT = 64;

async function startServer(name: string, port?: number): Promise<Server> {
  const server = await startJavaServer({ name, port });
  let direct: DubboClient | undefined;
  return {
    port: server.port, halt: () => server.halt(), resume: () => server.signal("SIGCONT"),
    waiting: async () => {
      direct ??= await startGoClient({ port: server.port });
      return Number((await direct.call({ method: "calls", args: ["slow"] })).value);
    },
    kill: async () => {
      await Promise.all([server.stop("SIGKILL"), direct?.stop()]);
      direct = undefined;
    },
  };
}

async function startClient(start: (options: { port: number }) => Promise<DubboClient>, port: number): Promise<Client> {
  const peer = await start({ port });
  const call = async (asked: Call & CallOptions, read: (value: unknown) => string = String): Promise<Outcome> => {
    const { ok, value, error, cause } = await peer.call(asked);
    return { ok, text: ok ? read(value) : `${error} ${cause ?? ""}` };
  };
  const who = (tag?: string): Call => ({ method: "whoami", ...(tag === undefined ? {} : { attachments: { tag } }) });
  const echo: Client["echo"] = (text, { timeoutMs } = {}) => call({ method: "hello", args: [text], timeout: timeoutMs }, (value) => String(value).replace(/^hello (.*) from \w+$/s, "$1"));
  return {
    who: (tag) => call(who(tag)),
    echo, large: (bytes) => largeEcho(echo, bytes),
    wait: (ms) => call({ method: "slow", args: [ms, "slept"], timeout: ms + 10_000 }),
    many: async (count, tags) => {
      const { results, errors } = await peer.many({ count, concurrency: IN_FLIGHT, calls: tags.map(who) });
      return { answers: results, errors };
    },
    seen: async (tag) => {
      const { value, responseAttachments = {} } = await peer.call({ method: "attachments", attachments: { tag } });
      return { request: JSON.parse(String(value)) as Record<string, string>, response: responseAttachments };
    },
    stop: () => peer.stop(),
  };
}

const head = (...words: string[]): Buffer[] => words.map(bytes.short);

/** An answer with a text in pieces of 500 characters. */
function answer(asked: Buffer, size: number): Buffer {
  const piece = bytes.join(bytes.bytes(0x52, 0x01, 0xf4), Buffer.alloc(500, 0x61));
  return bytes.frame(bytes.join(bytes.bytes(0x91), bytes.repeat(piece, size / 500), bytes.short("end")), { flags: bytes.RESPONSE, status: 20, id: asked.readBigUInt64BE(4) });
}

const START = Buffer.from("dabbc2", "hex");

export const dubbo: Protocol = {
  name: "dubbo", portName: "tcp-dubbo", annotations: { interface: INTERFACE },
  // Go first: it starts in no time
  clients: { go: { start: (port) => startClient(startGoClient, port), hasty: true }, java: { start: (port) => startClient(startJavaClient, port), slow: true } },
  startServer,
  key: "tag", pattern: (tag) => ({ exact: tag }), abortCode: "RpcException", mutable: { request: "marked", response: "experiment" },
  largest: 4 << 20,
  request: (text, id) => bytes.frame(bytes.join(...head("2.0.2", INTERFACE, "1.0.0", "hello", "Ljava/lang/String;", text), bytes.map()), { id: BigInt(id) }),
  cutAnswer: (asked, size) => answer(asked, size).subarray(0, size / 2),
  hostileRequests: () => [...badBytes(made(), "request"), Buffer.from("GET / HTTP/1.1\r\n\r\n"), ...noises(60, 4096, [START, Buffer.alloc(0)])],
  hostileAnswers: () => [...badBytes(made(), "response"), Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), ...noises(20, 2048, [Buffer.from("dabb02", "hex"), Buffer.alloc(0)])],
  cannot: Object.fromEntries(["half-close.answered", "half-close.part"].map((id) => [id, "its Java server ends the connection at a half-close, and answers nothing more"])),
};
