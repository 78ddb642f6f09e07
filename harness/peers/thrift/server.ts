import { halt } from "../../tools/process.ts";
import { startPeer, type Library, type Stack } from "./peer.ts";

export interface ServerOptions extends Partial<Stack> {
  /** What it says to `whoami`, and in each THeader reply's key `served-by`. */
  name: string;
  /** Any free one if absent. */
  port?: number;
  /** Takes names without a service only, and passes over the type of a message, which multiplexed processors look at. */
  plain?: boolean;
}

export interface ThriftServer {
  readonly name: string;
  readonly port: number;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: NodeJS.Signals): void;
  /** SIGSTOP; resolves once it has stopped, and answers nothing more. */
  halt(): Promise<void>;
  /** Resolves when it has ended: killed at once, and its connections with it. */
  kill(): Promise<void>;
  log(): string;
}

const READY_MS = 60_000;

/**
 * A server of a real library on loopback, framed and binary if nothing is said. Python and Go servers with `header` detect each client's
 * transport and protocol. Node's cannot do `header`: a handler that answers later loses the frame. Its client can, but only with
 * servers that write an answer at once (Python's): it reads a THeader before all of it is there.
 */
export async function startServer(library: Exclude<Library, "thriftpy2">, options: ServerOptions): Promise<ThriftServer> {
  const child = await startPeer(library, "server", { ...options });
  const { port } = await child.ready(READY_MS);
  return {
    name: options.name, port: port as number,
    signal: (signal) => child.signal(signal),
    halt: () => halt(child.pid, (signal) => child.signal(signal)),
    kill: async () => { child.signal("SIGKILL"); await child.stop(); },
    log: () => child.log(),
  };
}
