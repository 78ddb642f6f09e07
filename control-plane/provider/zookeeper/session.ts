import { Connection, NO_NODE, Refusal } from "./connection.ts";

/** More than whoever reads one takes. */
const MAX_TEXT = 100_000;

/** One value of the tree, read again after each change until `stop`. */
export interface Watch { stop(): void }

type Read<T> = (answer: (error: Error | undefined, value: T) => void, watched: () => void) => void;

/**
 * One session with ZooKeeper, on one connection. It is given up at the first sign of trouble, for a new one that reads everything anew:
 * nothing of ours lives in a session, and watches that are set again after a reconnect tell of no lost time.
 */
export class Session {
  /** Why it is over. */
  readonly ended: Promise<string>;
  private over = false;
  private pending = 0;
  private end!: (why: string) => void;

  private constructor(private readonly connection: Connection, private readonly settled: () => void) {
    this.ended = new Promise((resolve) => {
      this.end = (why) => {
        this.over = true;
        connection.close();
        resolve(why);
      };
    });
    void connection.ended.then(this.end);
  }

  /** With the first server that gives one. `settled`: all that is watched has been read. Rejects with what each server said. */
  static async open(servers: readonly string[], auth: string | undefined, signal: AbortSignal, settled: () => void): Promise<Session> {
    const failures: string[] = [];
    for (const server of servers) {
      try {
        return new Session(await Connection.open(server, auth, signal), settled);
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    throw new Error(failures.join("; "));
  }

  close(): void { this.end("closed"); }

  /** Names of the nodes below a path, none where there is no such node. */
  children(path: string, take: (names: string[]) => void): Watch {
    return this.watch<string[]>(path, (answer, watched) => this.connection.children(path, answer, watched), (names) => take(names ?? []));
  }

  /** A node's text, its first MAX_TEXT bytes; undefined where there is no such node. */
  text(path: string, take: (text: string | undefined) => void): Watch {
    return this.watch<Buffer>(path, (answer, watched) => this.connection.data(path, answer, watched), (data) => take(data?.toString("utf8", 0, MAX_TEXT)));
  }

  private watch<T>(path: string, read: Read<T>, take: (value: T | undefined) => void): Watch {
    let stopped = false;
    const again = (): void => {
      if (stopped || this.over) return;
      this.ask<T>((answer) => read(answer, again), (value) => {
        if (stopped) return;
        take(value);
        // a read of what is not there sets no watch
        if (value === undefined) this.ask<true>((answer) => this.connection.exists(path, (error) => answer(error, true), again), (there) => { if (there) again(); });
      });
    };
    again();
    return { stop: () => { stopped = true; } };
  }

  /** `take` has undefined if there is no such node; any other failure ends the session. */
  private ask<T>(question: (answer: (error: Error | undefined, value: T) => void) => void, take: (value: T | undefined) => void): void {
    this.pending++;
    question((error, value) => {
      this.pending--;
      if (this.over) return;
      const missing = error instanceof Refusal && error.code === NO_NODE;
      if (error && !missing) return this.end(`${this.connection.server}: ${error.message}`);
      take(missing ? undefined : value);
      if (this.pending === 0) this.settled();
    });
  }
}
