/** Redis: a Valkey server, and clients of RESP2 and RESP3. */
import { command, RespClient, RespError, type Reply, startRedis, Typed } from "../../../harness/peers/redis/index.ts";
import { HOSTILE_REPLIES, hostileRequests, truncated } from "../redis-bytes.ts";
import { type Client, largeEcho, type Outcome, type Protocol, type Server, TAGS, type Totals } from "../scenarios/protocol.ts";

const IN_FLIGHT = 100;
/** Each server has its name under each tag. A script for this would hide its keys from rules that deny. */
const who = (tag: string): string[] => ["GET", tag];
const echoed = (text: string): string[] => ["EVAL", "return ARGV[1]", "1", "echo", text];

const isError = (reply: Reply | Error): reply is RespError | Error => reply instanceof RespError || reply instanceof Error;

async function startServer(name: string, port?: number): Promise<Server> {
  const server = await startRedis({ port }), direct = await RespClient.connect(server.port);
  await direct.call("MSET", ...TAGS.flatMap((tag) => [tag, name]));
  const blocked = async (): Promise<number> => {
    const info = await direct.call("INFO", "clients");
    return Number(/blocked_clients:(\d+)/.exec(info instanceof Typed ? String(info.value) : String(info))![1]);
  };
  return {
    port: server.port, waiting: blocked, halt: () => server.halt(), resume: () => server.signal("SIGCONT"),
    kill: async () => {
      await server.stop("SIGKILL");
      await direct.closed;
    },
  };
}

/** An answer, or the error of a client that has waited long enough. */
async function within(ms: number, answer: Promise<Reply>): Promise<Reply | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => (timer = setTimeout(() => resolve(new Error("the client's timeout")), ms)));
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function startClient(port: number, resp3: boolean): Promise<Client> {
  let client = await RespClient.connect(port).catch((error: unknown) => error as Error);
  let greeted = !resp3;
  const ask = async (args: string[], timeoutMs?: number): Promise<Reply | Error> => {
    try {
      if (client instanceof Error || client.socket.destroyed) {
        client = await RespClient.connect(port);
        greeted = !resp3;
      }
      if (!greeted) await client.call("HELLO", 3);
      greeted = true;
      const answer = client.call(...args);
      return timeoutMs === undefined ? await answer : await within(timeoutMs, answer);
    } catch (error) {
      return error as Error;
    }
  };
  const outcome = (reply: Reply | Error): Outcome => ({ ok: !isError(reply), text: isError(reply) ? reply.message : String(reply) });
  const echo: Client["echo"] = async (text, { timeoutMs } = {}) => outcome(await ask(echoed(text), timeoutMs));
  return {
    who: async (tag = "any") => outcome(await ask(who(tag))),
    echo, large: (bytes) => largeEcho(echo, bytes),
    wait: async (ms) => outcome(await ask(["BLPOP", "nothing", String(ms / 1000)])),
    many: async (count, tags) => {
      const totals: Totals = { answers: {}, errors: {} };
      for (let n = 0; n < count; n += IN_FLIGHT) {
        const replies = await (client as RespClient).pipeline(Array.from({ length: Math.min(IN_FLIGHT, count - n) }, (_, i) => who(tags[(n + i) % tags.length]!)));
        for (const { ok, text } of replies.map(outcome)) {
          const sums = ok ? totals.answers : totals.errors;
          sums[text] = (sums[text] ?? 0) + 1;
        }
      }
      return totals;
    },
    stop: async () => client instanceof Error ? undefined : client.close(),
  };
}

export const redis: Protocol = {
  name: "redis", portName: "tcp-redis",
  clients: { RESP2: { start: (port) => startClient(port, false) }, RESP3: { start: (port) => startClient(port, true), greets: true } },
  startServer,
  key: "key", pattern: (tag) => ({ exact: tag }), abortCode: "ERR",
  largest: 64 << 20,
  request: (text) => command(...echoed(text)),
  cutAnswer: (_, size) => Buffer.concat([Buffer.from(`$${size}\r\n`), Buffer.alloc(size / 2, 0x61)]),
  hostileRequests: () => [...hostileRequests(), ...truncated()],
  hostileAnswers: () => HOSTILE_REPLIES,
  cannot: { "mutation.both": "its requests and answers cannot carry additional keys" },
};
