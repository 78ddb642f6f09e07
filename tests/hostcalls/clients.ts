/** Clients on sockets, for Envoy. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { until } from "../../harness/tools/wait.ts";
import type { Answer, Client, Request } from "./case.ts";
import { inPairs } from "./realservers.ts";
import { telling } from "./servers.ts";

const PATIENCE = 5_000;

export async function tcpClient(port: number): Promise<Client> {
  let got = "", over = false;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("data", (bytes) => (got += bytes.toString())).on("end", () => (over = true)).on("close", () => (over = true)).on("error", () => (over = true));
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  socket.setNoDelay(true);
  return {
    write: (text) => new Promise((resolve) => socket.write(text, () => resolve())),
    end: () => new Promise((resolve) => socket.end(() => resolve())),
    destroy: () => new Promise((resolve) => socket.destroyed ? resolve() : socket.once("close", () => resolve()).resetAndDestroy()),
    first: async () => {
      await until("an answer, or the end of the connection", PATIENCE, () => got || over);
      return got;
    },
    read: async (length) => {
      await until(`${length} bytes from Envoy, not ${got.length}`, PATIENCE, () => got.length >= length);
      return got;
    },
    closed: async () => {
      await until("end of the connection", PATIENCE, () => over);
      socket.destroy();
      return got;
    },
  };
}

/** One request on a connection of its own. `wait` is for what must have happened before the next piece. */
export function webRequest(port: number, { method = "GET", path = "/", headers = [], body = [], trailers, leaveAfter }: Request, wait: (lines: string[]) => Promise<void>): Promise<Answer> {
  const answer: Answer = { status: 0, headers: [], body: "", trailers: [], reset: false };
  const chunked = body.length > 0 || trailers !== undefined;
  return new Promise((resolve, reject) => {
    const raw = [...headers, ["host", "parity"], ...(chunked ? [["transfer-encoding", "chunked"]] : [])].flat();
    const call = httpRequest({ port, host: "127.0.0.1", method, path, headers: raw, agent: false, setHost: false } as object, (response) => {
      answer.status = response.statusCode ?? 0;
      answer.headers = telling(inPairs(response.rawHeaders));
      response.setEncoding("utf8").on("data", (text: string) => (answer.body += text));
      response.on("end", () => (answer.trailers = inPairs(response.rawTrailers)));
      response.on("error", () => (answer.reset = true)).on("close", () => resolve(answer));
    });
    call.on("error", () => resolve({ ...answer, reset: true }));
    call.setTimeout(PATIENCE, () => reject(new Error(`no end of the answer within ${PATIENCE / 1000} s: ${JSON.stringify(answer)}`)));
    const send = async (): Promise<void> => {
      call.flushHeaders();
      for (const piece of body) {
        if (typeof piece === "string") call.write(piece);
        else await wait(piece);
      }
      if (trailers) call.addTrailers(trailers);
      call.end();
      if (!leaveAfter) return;
      await wait(leaveAfter);
      call.destroy();
    };
    send().catch(reject);
  });
}
