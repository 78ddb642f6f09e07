/** The same test body on Envoy and on the emulator: what a test may do with an example's filter. */
import type { Room } from "./room.ts";
import { EmulatorStage } from "./on-emulator.ts";
import { EnvoyStage } from "./on-envoy.ts";

export interface Answer { status: number; headers: Record<string, string>; body: string }

/** A TCP connection through the filter to a server that sends everything back. */
export interface TcpClient {
  write(bytes: string | Buffer): void;
  /** Waits until this has come back. */
  gets(bytes: string | Buffer): Promise<void>;
  /** Waits until the other side has closed. */
  closed(): Promise<void>;
  /** All that has come. */
  received(): Buffer;
  end(): void;
}

export interface Stage {
  /** A GET request of path `/` with these headers. */
  get(headers?: Record<string, string>): Promise<Answer>;
  /** Lets this much time pass; `now` tells the time, both in milliseconds. */
  pass(ms: number): Promise<void>;
  now(): number;
  /** A connection; the name is what its TLS ClientHello asks for, if it has one. */
  connect(serverName?: string): Promise<TcpClient>;
  /** Waits until a counter has this value: its name with labels, without `wasmcustom.`. */
  counts(metric: string, value: number): Promise<void>;
  /** Waits until the filter has logged this. */
  logs(pattern: RegExp): Promise<void>;
  close(): Promise<void>;
}

export interface Host { name: string; open(room: Room, configuration?: object): Promise<Stage> }

export const HOSTS: Host[] = [
  { name: "the emulator", open: (room, configuration) => Promise.resolve(new EmulatorStage(room, configuration)) },
  { name: "Envoy", open: (room, configuration) => EnvoyStage.open(room, configuration) },
];
