/** Which commands a server executes when it gets a case's bytes: directly, or through the filter. */
import { connect } from "node:net";
import { RespClient } from "../../../harness/peers/redis/index.ts";
import type { SmugglingCase } from "../../../tests/contract/smuggling.ts";

export interface RedisCase extends SmugglingCase {
  /** Commands that must not be executed. */
  watch: string[];
  /** By server: those of them that it executed when the bytes came directly. */
  runs: { redis?: string[]; valkey?: string[] };
}

/** Sends the bytes to `to`, which leads to the server at `port`, and ends its side; the watched commands that the server has executed then. */
export async function runsOf(port: number, one: RedisCase, to = port): Promise<string[]> {
  const observer = await RespClient.connect(port);
  try {
    await observer.pipeline([["SELECT", 0], ["FLUSHALL"], ["SET", "public", "1"], ["SET", "secret:a", "1"], ["CONFIG", "RESETSTAT"]]);
    await send(to, Buffer.from(one.hex, "hex"));
    return executed(String(await observer.call("INFO", "commandstats")), one.watch);
  } finally {
    await observer.close();
  }
}

/** A connection that neither ends nor answers any more is one that waits: the server has read all that it will. */
const QUIET_MS = 150;

function send(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), QUIET_MS);
    socket.on("data", () => timer.refresh()).on("error", () => undefined).once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Names of INFO commandstats with a call that was not rejected. */
function executed(info: string, watch: string[]): string[] {
  const names = [...info.matchAll(/^cmdstat_([^:|]+)[^:]*:calls=(\d+)/gm)].filter(([, , calls]) => Number(calls) > 0).map(([, name]) => name!);
  return [...new Set(names)].filter((name) => watch.includes(name)).sort();
}
