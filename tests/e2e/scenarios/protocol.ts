/** What a protocol has to tell so that every scenario can be played with its real servers and clients. */

/** Where the filter stands: `lanes` chooses a server for each request, `inline` one for each connection. */
export type Mode = "lanes" | "inline";
export const MODES: Mode[] = ["lanes", "inline"];

/** All tags of all scenarios. */
export const TAGS = ["a", "b", "any", "nobody", "changed", "other", "fine", "denied", "broken"] as const;
export type Tag = typeof TAGS[number];

/** What became of a request. `text`: of the answer, or of the error as the client's library says it. */
export interface Outcome { ok: boolean; text: string }

/** Of many requests: how often each server answered, and how often each error came. */
export interface Totals { answers: Record<string, number>; errors: Record<string, number> }

/** Keys of a request as its server saw them, and of the answer as its client saw them. */
export interface Seen { request: Record<string, string>; response: Record<string, string> }

/** A real client on one connection. */
export interface Client {
  /** Answered with the server's name. `tag`: what rules match by the protocol's key. */
  who(tag?: Tag): Promise<Outcome>;
  /** Answered with the same text. */
  echo(text: string, options?: { timeoutMs?: number }): Promise<Outcome>;
  /** A text of so many bytes there and back: ok if all of it came. */
  large(bytes: number): Promise<Outcome>;
  /** Answered after so many milliseconds. */
  wait(ms: number): Promise<Outcome>;
  /** `count` requests as `who`, request n with tags[n % length]; as many in flight as the protocol can. */
  many(count: number, tags: Tag[]): Promise<Totals>;
  /** What a request with this tag and its answer carried. */
  seen?(tag: Tag): Promise<Seen>;
  stop(): Promise<void>;
}

/** `Client.large` for clients whose echo takes any text. */
export async function largeEcho(echo: Client["echo"], bytes: number): Promise<Outcome> {
  const text = "0123456789abcdef".repeat(bytes / 16), answer = await echo(text, { timeoutMs: 60_000 });
  return answer.ok ? { ok: answer.text === text, text: `${answer.text.length} bytes came back of ${bytes}` } : { ok: false, text: answer.text.slice(0, 200) };
}

/** A real server on loopback that says its name. */
export interface Server {
  readonly port: number;
  /** At once, with its connections. */
  kill(): Promise<void>;
  /** Resolves once it does nothing more; `resume` lets it go on. */
  halt?(): Promise<void>;
  resume?(): void;
  /** Requests of `Client.wait` that have reached it, in all or at this time: a difference counts. */
  waiting(): Promise<number>;
}

export interface ClientKind {
  start(port: number): Promise<Client>;
  /** It sends no tags: for scenarios without rules. */
  untagged?: boolean;
  /** Its first request is one of the library's own, which has no tag. */
  greets?: boolean;
  /** It takes seconds to start: where it can show nothing new, it is left out. */
  slow?: boolean;
  /** Its answers do not say how long they are, so parts are passed on as they come. */
  unsized?: boolean;
  /** It drops an answer that comes together with the end of its connection. */
  hasty?: boolean;
  /** It waits for an answer for ever. */
  patient?: boolean;
}

export interface Protocol {
  name: string;
  /** Of ports in resources: what stands before a name of their own. */
  portName: string;
  annotations?: Record<string, string>;
  clients: Record<string, ClientKind>;
  startServer(name: string, port?: number): Promise<Server>;
  /** The key that tells tags apart, and what matches one. */
  key: string;
  pattern(tag: Tag): object;
  /** An error that a rule may give in place of an answer. */
  abortCode: string;
  /** Keys that a rule can set in requests and in answers, if any. */
  mutable?: { request: string; response: string };
  /** Bytes of the largest text that servers and clients take well. */
  largest: number;
  /** A request as `Client.echo`, in bytes. */
  request(text: string, id: number): Buffer;
  /** Half of an answer of `size` bytes to a request in bytes. */
  cutAnswer(asked: Buffer, size: number): Buffer;
  /** Each for a connection of its own, which it must cost and nothing else. */
  hostileRequests(): Buffer[];
  /** Each in the place of an answer. */
  hostileAnswers(): Buffer[];
  /** Why a test cannot be run, by its id, such as `failure.halted` or `failure.halted.inline`. */
  cannot?: Record<string, string>;
}
