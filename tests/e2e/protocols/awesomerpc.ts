/** The example protocol, whose server and client run inside of this test. */
import { AwesomeClient } from "../../../examples/awesomerpc/peer/client.ts";
import { encode, type Frame, FrameType, Splitter } from "../../../examples/awesomerpc/peer/protocol.ts";
import { AwesomeServer } from "../../../examples/awesomerpc/peer/server.ts";
import { made } from "../../../examples/awesomerpc/vectors/made.ts";
import { badBytes, noises } from "../noise.ts";
import { type Client, largeEcho, type Outcome, type Protocol, type Server, type Totals } from "../scenarios/protocol.ts";

const IN_FLIGHT = 64;

const header = (frame: Frame, key: string): string | undefined => frame.headers.find(([name]) => name === key)?.[1];
const reply = (asked: Frame, more: Partial<Frame>): Buffer => encode({ type: FrameType.Reply, status: 0, id: asked.id, headers: [], body: asked.body, ...more });

async function startServer(name: string, port?: number): Promise<Server> {
  let waiting = 0;
  const server = await new AwesomeServer(name, (asked, _, socket) => {
    const ms = Number(header(asked, "wait") ?? 0);
    const answer: Partial<Frame> = { headers: [["server", name]], body: header(asked, "headers") ? Buffer.from(JSON.stringify(Object.fromEntries(asked.headers))) : asked.body };
    if (ms === 0) return answer;
    waiting++;
    setTimeout(() => void socket.write(reply(asked, answer)), ms).unref();
    return null;
  }).start(port);
  return { port: server.port, kill: () => server.stop(), waiting: async () => waiting };
}

async function startClient(port: number): Promise<Client> {
  let client = await AwesomeClient.connect(port);
  const ask = async (headers: Record<string, string>, body = ""): Promise<Frame | Error> => {
    if (client.socket.destroyed) client = await AwesomeClient.connect(port);
    return client.call(headers, body).catch((error: unknown) => error as Error);
  };
  const outcome = (frame: Frame | Error, text: (frame: Frame) => string): Outcome =>
    frame instanceof Error ? { ok: false, text: frame.message } : frame.status !== 0 ? { ok: false, text: frame.body.toString() } : { ok: true, text: text(frame) };
  const who = async (tag = ""): Promise<Outcome> => outcome(await ask({ tag }), (frame) => header(frame, "server")!);
  const echo: Client["echo"] = async (text) => outcome(await ask({}, text), ({ body }) => body.toString());
  return {
    who,
    echo, large: (bytes) => largeEcho(echo, bytes),
    wait: async (ms) => outcome(await ask({ wait: String(ms) }), () => ""),
    many: async (count, tags) => {
      const totals: Totals = { answers: {}, errors: {} };
      for (let n = 0; n < count; n += IN_FLIGHT) {
        for (const { ok, text } of await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count - n) }, (_, i) => who(tags[(n + i) % tags.length])))) {
          const sums = ok ? totals.answers : totals.errors;
          sums[text] = (sums[text] ?? 0) + 1;
        }
      }
      return totals;
    },
    seen: async (tag) => {
      const frame = await ask({ tag, headers: "1" });
      if (frame instanceof Error) throw frame;
      return { request: JSON.parse(frame.body.toString()) as Record<string, string>, response: Object.fromEntries(frame.headers) };
    },
    stop: () => client.close(),
  };
}

const START = Buffer.from("4157", "hex");

export const awesomerpc: Protocol = {
  name: "awesomerpc", portName: "tcp-metaprotocol-awesomerpc",
  clients: { node: { start: startClient, patient: true } },
  startServer,
  key: "tag", pattern: (tag) => ({ exact: tag }), abortCode: "caller", mutable: { request: "marked", response: "experiment" },
  largest: 8 << 20,
  request: (text, id) => encode({ type: FrameType.Request, status: 0, id, headers: [], body: Buffer.from(text) }),
  cutAnswer: (asked, size) => reply(new Splitter().push(asked)[0]!, { body: Buffer.alloc(size) }).subarray(0, size / 2),
  hostileRequests: () => [...badBytes(made(), "request"), Buffer.from("GET / HTTP/1.1\r\n\r\n"), ...noises(60, 4096, [START, Buffer.alloc(0)])],
  hostileAnswers: () => [...badBytes(made(), "response"), Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), ...noises(20, 2048, [START, Buffer.alloc(0)])],
  cannot: {
    "failure.halted": "its server runs inside of the test, and its client has no timeout",
    ...Object.fromEntries(["routing.rules", "load.mixed", "filters.refusals"].map((id) => [`${id}.inline`, "its codec has no placeholder request, so what is refused inline ends the connection"])),
  },
};
