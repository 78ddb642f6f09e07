import { connect, createServer } from "node:net";
import { until } from "./wait.ts";

/**
 * A TCP port that was free a moment ago. Another process may take it before it is used, so prefer port 0 and asking
 * where the peer listens; this is for peers that cannot say.
 */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves once something accepts connections there; an Error naming host, port and the last refusal otherwise. */
export async function waitForPort(port: number, host = "127.0.0.1", ms = 30_000): Promise<void> {
  await until(`nothing listens on ${host}:${port}`, ms, () => accepts(port, host));
}

function accepts(port: number, host: string): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.setTimeout(1000, () => socket.destroy(new Error("no answer within 1 s")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
