/**
 * Smuggling cases: bytes in which a client hides a message that a rule forbids. `smuggling/made.ts` of a codec's room makes them;
 * README.md beside this file says how to write one.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FakeHcm, type Lane } from "../../harness/emulator/http2.ts";
import { type Connection, Emulator } from "../../harness/emulator/index.ts";

/** How a message is hidden. Every codec has cases of each kind, or says in `NONE` why there can be none. */
export const KINDS = {
  "two-in-one": "two messages in one outer length",
  length: "a length that says less or more than there is",
  mode: "what follows a change of what bytes mean",
  "client-kind": "a kind of message that a client may not send",
  reader: "bytes that two real readers read differently",
} as const;

export type Kind = keyof typeof KINDS;

/** UTF-8 text, or bytes. */
type Text = string | { hex: string };

export interface SmugglingCase {
  name: string;
  /** What a real server did with it, and which. */
  why: string;
  kind: Kind;
  /** Of the codec. */
  options?: object;
  /** Of the filter `auth`. */
  rules: object[];
  default: "allow" | "deny";
  /** All that the client writes. */
  hex: string;
  /** What a server writes once it has got all of `after`, each once. */
  answers?: { after: string; hex: string }[];
  /** What no server may get. */
  forbidden: Text[];
  /** What a server must get. */
  passes?: Text[];
  /** False: it cannot be there inline; `why` says so. */
  inline?: false;
}

export type Upstream = "lanes" | "inline";

/** What `smuggling/made.ts` of a room exports. */
interface Maker { made(): SmugglingCase[]; NONE?: Partial<Record<Kind, string>> }

/** All cases of a room, and the reasons why it has none of a kind. */
export async function smugglingCases(room: string): Promise<{ cases: SmugglingCase[]; none: Partial<Record<Kind, string>> }> {
  const maker = join(room, "smuggling/made.ts");
  if (!existsSync(maker)) return { cases: [], none: {} };
  const { made, NONE = {} } = await import(pathToFileURL(maker).href) as Maker;
  return { cases: made(), none: NONE };
}

export const bytesOfText = (text: Text): Buffer => typeof text === "string" ? Buffer.from(text) : Buffer.from(text.hex, "hex");

/** What one server connection got, and what it still answers. */
class Server {
  private received = Buffer.alloc(0);
  private readonly answers: { after: Buffer; hex: string }[];

  constructor(one: SmugglingCase, private readonly write: (bytes: Buffer) => void) {
    this.answers = (one.answers ?? []).map(({ after, hex }) => ({ after: Buffer.from(after, "hex"), hex }));
  }

  get bytes(): Buffer { return this.received; }

  take(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    for (let next = this.answers[0]; next && this.received.includes(next.after); next = this.answers[0]) {
      this.answers.shift();
      this.write(Buffer.from(next.hex, "hex"));
    }
  }
}

/** Writes the case's bytes through the filter, in one piece or in pieces of one byte, and holds what servers got against it. */
export function holds(wasm: string, codec: string, one: SmugglingCase, upstream: Upstream, pieces: "whole" | "bytes"): void {
  const emulator = Emulator.load(wasm), { rules, default: otherwise } = one;
  const filters = [{ name: "auth", config: { rules, default: otherwise } }];
  const root = emulator.createRoot(JSON.stringify({ codec, options: one.options, upstream, defaultCluster: "a", filters }));
  const bytes = Buffer.from(one.hex, "hex"), step = pieces === "whole" ? Math.max(bytes.length, 1) : 1;
  const servers: Server[] = [];
  const client = upstream === "lanes" ? overLanes(emulator, root, one, servers) : inline(emulator, root, one, servers);
  for (let at = 0; at < bytes.length && !client.closed; at += step) {
    client.downstream(bytes.subarray(at, at + step));
    emulator.drainQueues();
  }
  emulator.advance(1000);
  emulator.drainQueues();
  assert.equal(emulator.dead, null, "the VM must live");
  const got = servers.map((server) => server.bytes);
  for (const text of one.forbidden) {
    const found = got.find((each) => each.includes(bytesOfText(text)));
    assert.equal(found, undefined, `a server got ${JSON.stringify(text)}: ${found?.toString("latin1")}`);
  }
  for (const text of one.passes ?? []) assert.ok(got.some((each) => each.includes(bytesOfText(text))), `no server got ${JSON.stringify(text)}`);
}

type Root = ReturnType<Emulator["createRoot"]>;

function overLanes(emulator: Emulator, root: Root, one: SmugglingCase, servers: Server[]): Connection {
  const onLane = (lane: Lane): void => {
    const server = new Server(one, (bytes) => lane.send(bytes));
    servers.push(server);
    lane.onData = (bytes) => server.take(bytes);
    lane.accept(lane.headers["x-meltemi-endpoint"] ?? "127.0.0.1:1");
  };
  return emulator.newConnection(root, new FakeHcm({ maxFrame: 1 << 20, onLane }));
}

function inline(emulator: Emulator, root: Root, one: SmugglingCase, servers: Server[]): Connection {
  const server = new Server(one, (bytes) => void connection.upstream(bytes));
  servers.push(server);
  const connection: Connection = emulator.newConnection(root, { data: (_connection, bytes) => server.take(bytes) });
  return connection;
}
