import { startGoClient, startJavaClient, startJavaServer, type DubboClient, type JavaServer, type JavaServerOptions } from "../../../harness/peers/dubbo/index.ts";
import type { ClientOptions } from "../../../harness/peers/dubbo/client.ts";
import { startTap, type Tap, type TappedFrame } from "../../../harness/peers/dubbo/tap.ts";
import type { Expected, GoodVector } from "../../../tests/contract/vectors.ts";

export const JAVA = "dubbo-java 3.2.16";
export const GO = "dubbo-go 3.3.0";

const FLAGS_AT = 2;
const STATUS_AT = 3;
const REQUEST = 0x80;
const TWO_WAY = 0x40;
const EVENT = 0x20;
const SERIALIZATION = 0x1f;

export const idOf = (bytes: Buffer): bigint => bytes.readBigUInt64BE(4);
export const isEvent = (bytes: Buffer): boolean => (bytes[FLAGS_AT]! & EVENT) !== 0;
export const isRequest = (bytes: Buffer): boolean => (bytes[FLAGS_AT]! & REQUEST) !== 0;
export const statusOf = (bytes: Buffer): number => bytes[STATUS_AT]!;

/** What whoever made the call knows of the frame; nothing here was read out of the body by a codec of ours. */
export interface DubboExpected extends Expected {
  key: string;
  /** The number in the header's flags; 2 is hessian2, 23 fastjson2. */
  serialization: number;
  metadata: Record<string, string>;
}

export interface DubboVector extends GoodVector { expect: DubboExpected }

/** What the recorder adds to the header's own fields. */
export type Known = Pick<DubboExpected, "metadata"> & Partial<DubboExpected>;

/** One server, one client, and the tap between them. */
export class Session {
  private constructor(
    readonly server: JavaServer, readonly tap: Tap, readonly client: DubboClient, private readonly clientName: string,
    private readonly vectors: DubboVector[],
  ) {}

  static async open(
    vectors: DubboVector[], clientName: typeof JAVA | typeof GO,
    options: { server?: Partial<JavaServerOptions>; client?: Partial<ClientOptions> & { serialization?: string } } = {},
  ): Promise<Session> {
    const server = await startJavaServer({ name: "v1", shutdownWaitMs: 300, ...options.server });
    const tap = await startTap(server.port);
    const start = clientName === GO ? startGoClient : startJavaClient;
    return new Session(server, tap, await start({ port: tap.port, ...options.client }), clientName, vectors);
  }

  async close(): Promise<void> {
    await this.client.stop();
    await this.tap.stop();
    await this.server.stop();
  }

  /** Runs `act` and keeps the first request that it caused and, unless `reply` is null, the answer to it. */
  async record(name: string, act: () => Promise<unknown>, request: Known | null, reply: Known | null): Promise<void> {
    const before = new Set(this.tap.frames);
    const fresh = (frame: TappedFrame): boolean => !before.has(frame) && !isEvent(frame.bytes);
    await act();
    const sent = await this.tap.find(`request of ${name}`, (frame) => fresh(frame) && frame.direction === "request");
    if (request) this.keep(`${name}-request`, sent, request);
    if (!reply) return;
    const answer = await this.tap.find(`answer of ${name}`, (frame) => fresh(frame) && frame.direction === "response" && idOf(frame.bytes) === idOf(sent.bytes));
    this.keep(`${name}-reply`, answer, reply, request ? `${name}-request` : undefined);
  }

  keep(name: string, frame: TappedFrame, known: Known, answers?: string): void {
    const from = frame.direction === "request" ? `${this.clientName} client -> server ${JAVA}` : `${JAVA} server -> client ${this.clientName}`;
    this.vectors.push(goodVector(name, from, frame, known, answers));
  }
}

export function goodVector(name: string, origin: string, frame: Pick<TappedFrame, "bytes" | "direction">, known: Known, answers?: string): DubboVector {
  const { bytes } = frame;
  const flags = bytes[FLAGS_AT]!;
  const request = (flags & REQUEST) !== 0;
  const expect: DubboExpected = {
    kind: "Call", size: bytes.length, key: `0x${idOf(bytes).toString(16)}`, expect: request && (flags & TWO_WAY) !== 0 ? "Some" : "None",
    serialization: flags & SERIALIZATION, ...(request ? {} : { code: statusOf(bytes), outcome: "Ok" as const }), ...known,
  };
  return { name, origin, direction: frame.direction, expect, ...(answers ? { answers } : {}), hex: bytes.toString("hex") };
}
