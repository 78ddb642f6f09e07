/** What a real server executes of a client's bytes, by MONITOR, and whether `decode` says the same. */
import { connect, type Socket } from "node:net";
import type { Inspector, InspectLine, Value } from "../../harness/emulator/inspector.ts";
import { RespClient, RespError, type Reply } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";

/** A command that was executed: its arguments, a byte a character, and the keys that the server finds in them, as UTF-8. */
export interface Executed { args: string[]; keys: string[] }

const PATIENCE_MS = 20_000;

/** Tells by MONITOR which commands each connection has had executed. */
export class Watcher {
  private markers = 0;
  private constructor(private readonly port: number, private readonly monitor: RespClient, private readonly asker: RespClient) {}

  static async start(port: number): Promise<Watcher> {
    const monitor = await RespClient.connect(port);
    await monitor.call("MONITOR");
    return new Watcher(port, monitor, await RespClient.connect(port));
  }

  async stop(): Promise<void> {
    await Promise.all([this.monitor.close(), this.asker.close()]);
  }

  /** Each of the streams is sent on a connection of its own, and ended. */
  async run(streams: Buffer[]): Promise<Executed[][]> {
    const ports = await Promise.all(streams.map((bytes) => this.send(bytes)));
    const byPort = await this.collect();
    return Promise.all(ports.map((port) => Promise.all((byPort.get(port) ?? []).map(async (args) => ({ args, keys: await this.keysOf(args) })))));
  }

  /** The local port of the connection. What a server has read before the end it executes before it closes. */
  private send(bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      let port = 0;
      const socket: Socket = connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true }, () => {
        port = socket.localPort!;
        socket.end(bytes);
      });
      socket.resume().on("error", (error: NodeJS.ErrnoException) => { if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error); }).once("close", () => resolve(port));
      socket.once("end", () => socket.end());
    });
  }

  private async collect(): Promise<Map<number, string[][]>> {
    const marker = `marker-${++this.markers}`, lines = this.monitor.unasked;
    await this.asker.call("ECHO", marker);
    await until("MONITOR has told all", PATIENCE_MS, () => lines.some((line) => String(line).includes(`"${marker}"`)));
    const byPort = new Map<number, string[][]>();
    for (const line of lines.splice(0)) {
      const [, port, words] = /^\d+\.\d+ \[\d+ [^\]]*?:(\d+)\] (.*)$/s.exec(String(line)) ?? [];
      if (port === undefined) continue;
      byPort.set(Number(port), [...byPort.get(Number(port)) ?? [], wordsOf(words!)]);
    }
    return byPort;
  }

  /** Of a command that is an error by its own words, before any key is looked at: none. */
  private async keysOf(args: string[]): Promise<string[]> {
    const words = args.map((arg) => Buffer.from(arg, "latin1"));
    const [reply, again] = await this.asker.pipeline([["COMMAND", "GETKEYS", ...words], words]);
    const isWrong = again instanceof RespError && /^ERR (?!no such key)/.test(again.message);
    return isWrong || reply instanceof RespError ? [] : (reply as Reply[]).map(String);
  }
}

/** The words of a line of MONITOR, written as sdscatrepr does. */
function wordsOf(line: string): string[] {
  const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"/gs)].map(([, word]) => word!.replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex?: string, one?: string) => hex ? String.fromCharCode(parseInt(hex, 16)) : ESCAPES[one!] ?? one!));
}

/** What decode says of a stream: its commands in order, those that are refused, and where it reads no further. */
export function readingOf(inspector: Inspector, bytes: Buffer): InspectLine[] {
  const inspection = inspector.open("redis");
  try {
    return [...inspection.feed("request", bytes), ...inspection.finish("request")].filter((line) => line.kind !== "drop");
  } finally {
    inspection.close();
  }
}

/**
 * In what decode and the server differ; null: in nothing that a rule could be passed by with. Commands that fail are not executed, and
 * what is refused reaches no server.
 */
export function difference(lines: InspectLine[], executed: Executed[]): string | null {
  let at = 0;
  for (const { args, keys } of executed) {
    while (at < lines.length && lines[at]!.error === undefined && !isOf(lines[at]!, args)) at++;
    const line = lines[at++];
    if (!line) return `${JSON.stringify(args)} was executed, decode says ${JSON.stringify(lines.map(({ metadata, error }) => error ?? metadata))}`;
    if (line.error !== undefined && line.skipped === undefined) return null;
    if (line.error !== undefined) continue;
    const told = [line.metadata?.key ?? []].flat();
    if (told.some((value) => typeof value === "object" && ("hidden" in value || "more" in value))) continue;
    const values = told.map(textOf);
    if (keys.some((key) => !values.includes(key))) return `the server finds ${JSON.stringify(keys)} in ${JSON.stringify(args)}, decode ${JSON.stringify(values)}`;
  }
  return null;
}

function isOf({ metadata }: InspectLine, args: string[]): boolean {
  return textOf(metadata?.command).toLowerCase() === args[0]!.toLowerCase() && metadata?.arguments === String(args.length);
}

function textOf(value: Value | Value[] | undefined): string {
  if (typeof value === "string") return value;
  return value && "hex" in value ? Buffer.from(value.hex, "hex").toString() : "";
}
