/** Thrift: a Python server that takes all transports, and clients of four libraries. */
import { blobOf, type Call, startClient as startPeer, startServer as startThrift, type ThriftClient, type Library, type Stack } from "../../../harness/peers/thrift/index.ts";
import { made } from "../../../codecs/thrift/vectors/made.ts";
import { CALL, COMPACT_CALL, compactReply, framed, hostile, message, REPLY } from "../thrift-bytes.ts";
import { badBytes, noises } from "../noise.ts";
import type { Client, ClientKind, Outcome, Protocol, Server } from "../scenarios/protocol.ts";

async function startServer(name: string, port?: number): Promise<Server> {
  const server = await startThrift("python", { name, port, transport: "header" });
  let direct: ThriftClient | undefined;
  return {
    port: server.port, halt: () => server.halt(), resume: () => server.signal("SIGCONT"),
    waiting: async () => {
      direct ??= await startPeer("go", { port: server.port });
      return Number((await direct.call({ method: "calls", args: ["sleep"] })).value);
    },
    kill: async () => {
      await Promise.all([server.kill(), direct?.stop()]);
      direct = undefined;
    },
  };
}

async function startClient(library: Library, stack: Stack, port: number): Promise<Client> {
  const peer = await startPeer(library, { port, ...stack });
  const call = async (asked: Call): Promise<Outcome> => {
    const { ok, value, error } = await peer.call(asked);
    return { ok, text: String(ok ? value : error) };
  };
  const who = (tag?: string): Call => ({ method: "whoami", ...(tag === undefined || stack.transport !== "header" ? {} : { headers: { tag } }) });
  return {
    who: (tag) => call(who(tag)),
    echo: (text, { timeoutMs } = {}) => call({ method: "echo", args: [text], timeout: timeoutMs }),
    large: async (bytes) => {
      const { value, error } = await peer.call({ method: "blob", args: [bytes], timeout: 60_000 });
      return { ok: value === blobOf(bytes), text: String(error ?? value) };
    },
    wait: (ms) => call({ method: "sleep", args: [ms, "slept"], timeout: ms + 10_000 }),
    many: async (count, tags) => {
      const { results, errors } = await peer.many({ count, calls: tags.map(who) });
      return { answers: results, errors };
    },
    seen: async (tag) => {
      const { value, headers } = await peer.call({ method: "headers", headers: { tag } });
      return { request: value as Record<string, string>, response: headers ?? {} };
    },
    stop: () => peer.stop(),
  };
}

/** Every library, transport and protocol at least once; tags are keys of a THeader. */
const STACKS: [Library, Stack][] = [
  ["python", { transport: "header", protocol: "compact" }], ["go", { transport: "header", protocol: "binary" }],
  ["python", { transport: "framed", protocol: "binary" }], ["python", { transport: "buffered", protocol: "compact" }], ["thriftpy2", { transport: "buffered", protocol: "binary" }],
  ["node", { transport: "framed", protocol: "compact" }], ["node", { transport: "buffered", protocol: "binary" }], ["go", { transport: "framed", protocol: "binary" }],
];
const clients = Object.fromEntries(STACKS.map(([library, stack]): [string, ClientKind] => [`${library} ${stack.transport} ${stack.protocol}`, {
  start: (port) => startClient(library, stack, port), untagged: stack.transport !== "header", patient: library === "thriftpy2", unsized: stack.transport === "buffered",
}]));

const HEADER = Buffer.from("0fff0000", "hex");
/** An answer in the request's own protocol and framing; to a THeader the framed one, which its clients take as well. */
function answer(asked: Buffer, size: number): Buffer {
  const name = asked.indexOf("echo"), compactAt = asked.indexOf(COMPACT_CALL), data = Buffer.alloc(size, 0x61);
  const reply = compactAt < 0 ? message(REPLY, "echo", data, asked.readUInt32BE(name + 4)) : compactReply("echo", data, asked.subarray(compactAt + COMPACT_CALL.length, name - 1));
  return asked[0] === 0 ? framed(reply) : reply;
}


export const thrift: Protocol = {
  name: "thrift", portName: "tcp-thrift-framed-unframed-header-binary-compact", clients, startServer,
  key: "header.tag", pattern: (tag) => ({ exact: tag }), abortCode: "INTERNAL_ERROR", mutable: { request: "header.marked", response: "header.experiment" },
  largest: 16 << 20,
  request: (text, id) => framed(message(CALL, "echo", Buffer.from(text), id)),
  cutAnswer: (asked, size) => answer(asked, size).subarray(0, size / 2),
  hostileRequests: hostile,
  hostileAnswers: () => [...badBytes(made(), "response"), ...hostile().slice(0, 40), ...noises(20, 2048, [Buffer.alloc(0), HEADER])],
};
