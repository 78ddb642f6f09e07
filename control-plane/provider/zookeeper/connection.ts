import { connect, type Socket } from "node:net";
import { FrameReader, frame } from "./frames.ts";
import { bool, buffer, int, JuteReader, long, text } from "./jute.ts";

/** Requests of ZooKeeper's client protocol (zookeeper.jute, ZooDefs.OpCode). */
const EXISTS = 3, GET_DATA = 4, GET_CHILDREN = 8, PING_REQUEST = 11, AUTH_REQUEST = 100, CLOSE_REQUEST = -11;

/** A refusal, by its code (KeeperException.Code). */
export class Refusal extends Error {
  constructor(readonly code: number, what: string) { super(`${what} is refused: ${MEANINGS.get(code) ?? "see KeeperException.Code"} (${code})`); }
}

export const NO_NODE = -101;
const MEANINGS = new Map([[-4, "connection lost"], [NO_NODE, "no such node"], [-102, "the user may not read it: give user:password in the address"], [-112, "the session has expired"], [-115, "the password is wrong"]]);

/** Numbers of messages that answer no request. */
const NOTIFICATION = -1, PING = -2, AUTH = -4;
const SESSION_MS = 15_000;
const PING_MS = 2000;
/** A server from which nothing came since so many pings is gone. */
const MAX_UNANSWERED = 2;
const GOODBYE_MS = 1000;
const OPEN_MS = 5000;

type Answer = (error: Error | undefined, reader: JuteReader) => void;

/** One session on one connection: questions with numbered answers, and notifications of watches that have fired. */
export class Connection {
  /** Why it is over, with the server's name; for one that was closed here it never resolves. */
  readonly ended: Promise<string>;
  private tellEnd!: (why: string) => void;
  private readonly frames = new FrameReader();
  private readonly asked = new Map<number, { what: string; answer: Answer }>();
  private readonly watches = new Map<string, Set<() => void>>();
  private number = 0;
  private over = false;
  private unanswered = 0;
  private pings: NodeJS.Timeout | undefined;
  private take: (message: Buffer) => void = (message) => this.hear(new JuteReader(message));

  private constructor(readonly server: string, private readonly socket: Socket) {
    this.ended = new Promise((resolve) => { this.tellEnd = resolve; });
    socket.on("data", (chunk) => this.read(chunk)).on("error", (error) => this.end(error.message)).on("close", () => this.end("the connection is closed"));
  }

  /** Rejects if the server gives no session in time. */
  static open(server: string, auth?: string, signal?: AbortSignal): Promise<Connection> {
    const colon = server.lastIndexOf(":"), host = server.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
    const connection = new Connection(server, connect({ host, port: Number(server.slice(colon + 1)), noDelay: true }));
    const stop = (): void => connection.end("stopped");
    const timer = setTimeout(() => connection.end(`no session within ${OPEN_MS / 1000} s`), OPEN_MS);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    return new Promise<Connection>((resolve, reject) => {
      connection.greet(auth, () => resolve(connection));
      void connection.ended.then((why) => reject(new Error(why)));
    }).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    });
  }

  /** Ends the session at the server too, and what lives in it. */
  close(): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.pings);
    this.socket.end(frame(int(this.nextNumber()), int(CLOSE_REQUEST))).resume().setTimeout(GOODBYE_MS, () => this.socket.destroy());
  }

  /** `watched` is called once, when the path has changed. */
  ask(op: number, path: string, rest: Buffer[], answer: Answer, watched?: () => void): void {
    if (this.over) return;
    if (watched) this.watchers(path).add(watched);
    const number = this.nextNumber();
    this.asked.set(number, { what: path, answer });
    this.socket.write(frame(int(number), int(op), text(path), ...rest));
  }

  /** The names below a path, or a refusal. */
  children(path: string, answer: (error: Error | undefined, names: string[]) => void, watched: () => void): void {
    this.ask(GET_CHILDREN, path, [bool(true)], (error, reader) => answer(error, error ? [] : reader.texts()), watched);
  }

  data(path: string, answer: (error: Error | undefined, data: Buffer) => void, watched: () => void): void {
    this.ask(GET_DATA, path, [bool(true)], (error, reader) => answer(error, error ? Buffer.alloc(0) : reader.buffer()), watched);
  }

  exists(path: string, answer: (error: Error | undefined) => void, watched: () => void): void {
    this.ask(EXISTS, path, [bool(true)], (error) => answer(error), watched);
  }

  private nextNumber(): number { return (this.number = (this.number + 1) & 0x7fffffff); }

  private greet(auth: string | undefined, opened: () => void): void {
    const hear = this.take;
    // ConnectRequest: protocol version, last transaction seen, time-out, session and its password, read-only servers are welcome or not
    this.socket.write(frame(int(0), long(0n), int(SESSION_MS), long(0n), buffer(Buffer.alloc(16)), bool(false)));
    this.take = (message) => {
      const reader = new JuteReader(message), version = reader.int(), timeout = reader.int();
      if (version !== 0) throw new Error(`the protocol's version is ${version}, not 0`);
      if (timeout <= 0) throw new Error("no session is given: it has expired");
      this.take = hear;
      this.pings = setInterval(() => this.ping(), Math.min(PING_MS, timeout / 3));
      if (auth !== undefined) this.socket.write(frame(int(AUTH), int(AUTH_REQUEST), int(0), text("digest"), buffer(Buffer.from(auth))));
      opened();
    };
  }

  private ping(): void {
    if (this.unanswered++ >= MAX_UNANSWERED) return this.end(`no answer to ${MAX_UNANSWERED} pings`);
    this.socket.write(frame(int(PING), int(PING_REQUEST)));
  }

  private read(chunk: Buffer): void {
    if (this.over) return;
    this.unanswered = 0;
    try {
      this.frames.read(chunk, (message) => { if (!this.over) this.take(message); });
    } catch (error) {
      this.end(`what it says cannot be understood: ${(error as Error).message}`);
    }
  }

  private hear(reader: JuteReader): void {
    const number = reader.int();
    reader.long();
    const code = reader.int();
    if (number === NOTIFICATION) return this.notified(reader);
    if (number === AUTH && code !== 0) return this.end("the password is wrong");
    if (number < 0) return;
    const question = this.asked.get(number);
    if (question === undefined) throw new Error(`an answer to request ${number}, which was not sent`);
    this.asked.delete(number);
    question.answer(code === 0 ? undefined : new Refusal(code, question.what), reader);
  }

  /** WatcherEvent: type, state, path. A state of the session comes without a path. */
  private notified(reader: JuteReader): void {
    reader.int();
    reader.int();
    const path = reader.text(), fired = this.watches.get(path);
    this.watches.delete(path);
    for (const watched of fired ?? []) watched();
  }

  private watchers(path: string): Set<() => void> {
    const set = this.watches.get(path) ?? new Set();
    this.watches.set(path, set);
    return set;
  }

  private end(why: string): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.pings);
    this.socket.destroy();
    this.tellEnd(`${this.server}: ${why}`);
  }
}
