import { Exception, State, type Client, type Event } from "node-zookeeper-client";
import { discard, newClient } from "./client.ts";

const OPEN_MS = 5000;
/** The client library asks whether the server lives, but never minds that no answer comes: this does. */
const PING_MS = 3000;
/** More than whoever reads one takes. */
const MAX_TEXT = 100_000;

type Callback<T> = (error: Error | Exception | null, value: T) => void;
type Read<T> = (path: string, watcher: (event: Event) => void, done: Callback<T>) => void;

/** One value of the tree, read again after each change until `stop`. */
export interface Watch { stop(): void }

/**
 * One session with ZooKeeper. It is given up at the first sign of trouble, for a new one that reads everything anew: nothing
 * of ours lives in a session, and watches that are set again (by the library, after a reconnect) tell of no lost time.
 */
export class Session {
  /** Why it is over. */
  readonly ended: Promise<string>;
  private over = false;
  private pending = 0;
  private end!: (why: string) => void;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly client: Client, private readonly settled: () => void) {
    this.ended = new Promise((resolve) => {
      this.end = (why) => {
        if (this.over) return;
        this.over = true;
        clearInterval(this.timer);
        discard(client);
        resolve(why);
      };
    });
    client.on("state", (state: State) => {
      if (state !== State.SYNC_CONNECTED) this.end(state === State.EXPIRED ? "the session has expired" : state === State.AUTH_FAILED ? "the password is wrong" : "the connection is lost");
    });
    this.timer = setInterval(() => this.ping(), PING_MS);
  }

  /** `servers`: `host:port,host:port`. `settled`: all that is watched has been read. Rejects if no server answers in time. */
  static open(servers: string, auth: string | undefined, settled: () => void): Promise<Session> {
    return new Promise((resolve, reject) => {
      let session: Session | undefined;
      const fail = (why: string): void => {
        clearTimeout(timer);
        discard(client);
        reject(new Error(why));
      };
      const client = newClient(servers, (why) => (session ? session.end(why) : fail(why)));
      const timer = setTimeout(() => fail(`no answer within ${OPEN_MS / 1000} s`), OPEN_MS);
      if (auth !== undefined) client.addAuthInfo("digest", Buffer.from(auth));
      client.once("connected", () => {
        clearTimeout(timer);
        session = new Session(client, settled);
        resolve(session);
      });
      client.connect();
    });
  }

  close(): void { this.end("closed"); }

  /** Names of the nodes below a path, none where there is no such node. */
  children(path: string, take: (names: string[]) => void): Watch {
    return this.watch(path, (at, watcher, done: Callback<string[]>) => this.client.getChildren(at, watcher, done), (names) => take(names ?? []));
  }

  /** A node's text, its first MAX_TEXT bytes; undefined where there is no such node. */
  text(path: string, take: (text: string | undefined) => void): Watch {
    return this.watch(path, (at, watcher, done: Callback<Buffer>) => this.client.getData(at, watcher, done), (data) => take(data?.toString("utf8", 0, MAX_TEXT)));
  }

  private watch<T>(path: string, read: Read<T>, take: (value: T | undefined) => void): Watch {
    let stopped = false;
    const again = (): void => {
      if (stopped || this.over) return;
      this.ask<T>((done) => read(path, again, done), (value) => {
        if (stopped) return;
        take(value);
        if (value === undefined) this.ask<unknown>((done) => this.client.exists(path, again, done), (stat) => { if (stat) again(); });
      });
    };
    again();
    return { stop: () => { stopped = true; } };
  }

  /** `take` has undefined if there is no such node; any other failure ends the session. */
  private ask<T>(question: (done: Callback<T>) => void, take: (value: T | undefined) => void): void {
    this.pending++;
    const done: Callback<T> = (error, value) => {
      this.pending--;
      if (this.over) return;
      const missing = error instanceof Exception && error.getCode() === Exception.NO_NODE;
      if (error && !missing) return this.end(String(error));
      take(missing || value === null ? undefined : value);
      if (this.pending === 0) this.settled();
    };
    try {
      question(done);
    } catch (error) {
      done(error as Error, undefined as T);
    }
  }

  private ping(): void {
    let answered = false;
    this.client.exists("/", () => { answered = true; });
    setTimeout(() => { if (!answered) this.end("no answer"); }, PING_MS - 100).unref();
  }
}
