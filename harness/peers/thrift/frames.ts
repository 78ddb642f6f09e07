import { startPeer, type Library, type Stack } from "./peer.ts";

/** A call that a server has run; arguments that did not come are null or not there. */
export interface Ran { service: string; method: string; args: Record<string, unknown> }

export interface Written { method: string; args: unknown[]; service?: boolean }

/** A library in memory: what its client writes, and what its server runs of a client's bytes. */
export interface Frames {
  /** Python and Go. All bytes of a connection for each list of calls; `service`, Python only: of the service Demo. */
  write(streams: Written[][]): Promise<Buffer[]>;
  /** What it runs of each connection's bytes. */
  run(streams: Buffer[]): Promise<Ran[][]>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 120_000;

/** `plain`: without services, and as Node always is here: then the type of a message is passed over. */
export async function startFrames(library: Exclude<Library, "thriftpy2">, options: Stack & { plain: boolean }): Promise<Frames> {
  const child = await startPeer(library, "frames", { ...options });
  await child.ready(PATIENCE_MS);
  const ask = async (command: object): Promise<unknown> => (await child.command(command, PATIENCE_MS) as { done: unknown }).done;
  return {
    write: async (write) => (await ask({ write }) as string[]).map((hex) => Buffer.from(hex, "hex")),
    run: async (streams) => await ask({ run: streams.map((bytes) => bytes.toString("hex")) }) as Ran[][],
    stop: () => child.stop(),
  };
}
