import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whose wire the bytes are seen on: the client's, or a server's. */
export type Direction = "request" | "response";

/** What whoever made the call knows of the frame; nothing here was read out of the body by a codec of ours. */
export interface Expected {
  kind: "Call" | "Ping" | "Drop";
  /** Bytes of the frame, header included. */
  size: number;
  /** The 64-bit id as in the header. */
  key: string;
  /** Requests: Some unless one-way. */
  expect: "Some" | "None";
  /** The number in the header's flags; 2 is hessian2, 23 fastjson2. */
  serialization: number;
  /** Replies: the status in the header. */
  code?: number;
  /** Replies: whose fault it is. */
  outcome?: "Ok" | "Caller" | "Server";
  /** The server said READONLY. */
  draining?: true;
  /** Requests: interface, version, group, method (the real one of a generic call), parameters, protocol, attachment.NAME. */
  metadata: Record<string, string>;
  /** Keys that may be in the frame but that nobody can tell without the other serialization. */
  hidden?: string[];
  /** Keys of `metadata` that a codec may hide instead, and why. */
  mayHide?: Record<string, string>;
  /** Keys that are certainly not there. */
  absent?: string[];
}

/** A frame between real peers. */
export interface GoodVector {
  name: string;
  /** Who said it to whom, with versions. */
  origin: string;
  direction: Direction;
  expect: Expected;
  /** Of a reply: the name of the vector that holds its request. */
  answers?: string;
  hex: string;
}

/** What a broken frame may cost at most. */
export type Cost = "connection" | "message" | "keys" | "time" | "any";

/** Bytes that no peer of good will sends, made by hand. */
export interface BadVector {
  name: string;
  bad: true;
  why: string;
  direction: Direction;
  /** Read as behind filters that close doors. */
  guarded?: true;
  /**
   * connection: the next frame cannot be found. message: this frame is lost, the next is read. keys: passed on, but the
   * keys in `hidden` must not be told. time: the frame is not complete and never will be. any: no
   * server reads it or no rule depends on it, so it may cost nothing, keys, or the message, but not the VM or the connection.
   */
  costs: Cost;
  /** With `keys`: what must be hidden when fixed keys and the attachment `user` are asked for. */
  hidden?: string[];
  hex: string;
}

export type Vector = GoodVector | BadVector;
export type Origin = "recorded" | "made";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** All vectors of an origin, by name. */
export function load(origin: "recorded"): GoodVector[];
export function load(origin: "made"): BadVector[];
export function load(origin: Origin): Vector[] {
  const folder = join(HERE, origin);
  return readdirSync(folder).sort().map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Vector);
}

/** Replaces all vectors of an origin, so that none outlives its recording. */
export function save(origin: Origin, vectors: Vector[]): void {
  const folder = join(HERE, origin);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const vector of vectors) writeFileSync(join(folder, `${vector.name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
}
