import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { type EnvoyHandle, startEnvoy } from "../../../harness/envoy/envoy.ts";
import { until } from "../../../harness/tools/wait.ts";
import type { Room } from "./room.ts";
import type { Answer, Stage, TcpClient } from "./stage.ts";

const PATIENCE_MS = 10_000;

export class EnvoyStage implements Stage {
  private constructor(private readonly envoy: EnvoyHandle, private readonly port: number) {}

  static async open(room: Room, configuration?: object): Promise<EnvoyStage> {
    const envoy = await startEnvoy({ bootstrap: room.bootstrap(configuration), logLevel: "warning,wasm:info" });
    const [listener] = [...(await envoy.listeners()).values()];
    return new EnvoyStage(envoy, listener!.port);
  }

  get(headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: this.port, headers: { host: "shop.example", ...headers }, agent: false }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("error", reject).on("end", () => resolve({ status: response.statusCode!, headers: response.headers as Record<string, string>, body }));
      });
      call.on("error", reject).end();
    });
  }

  /** Time passes by itself. */
  pass(): Promise<void> { return Promise.resolve(); }
  now(): number { return performance.now(); }

  async connect(): Promise<TcpClient> {
    const socket = connect({ host: "127.0.0.1", port: this.port });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new SocketClient(socket);
  }

  async counts(metric: string, value: number): Promise<void> {
    await until(`${metric} is ${value}`, PATIENCE_MS, async () => (await this.envoy.stats(escaped(metric))).get(`wasmcustom.${metric}`) === value);
  }

  async logs(pattern: RegExp): Promise<void> { await until(`log ${pattern}`, PATIENCE_MS, () => pattern.test(this.envoy.log())); }

  close(): Promise<void> { return this.envoy.stop(); }
}

class SocketClient implements TcpClient {
  private bytes = Buffer.alloc(0);
  private over = false;

  constructor(private readonly socket: Socket) {
    socket.on("data", (piece: Buffer) => (this.bytes = Buffer.concat([this.bytes, piece])));
    socket.on("close", () => (this.over = true)).on("error", () => undefined);
  }

  write(bytes: string | Buffer): void { this.socket.write(bytes); }
  async gets(bytes: string | Buffer): Promise<void> { await until(`bytes ${String(bytes)}`, PATIENCE_MS, () => this.bytes.includes(bytes)); }
  async closed(): Promise<void> { await until("the end of the connection", PATIENCE_MS, () => this.over); }
  received(): Buffer { return this.bytes; }
  end(): void { this.socket.destroy(); }
}

function escaped(text: string): string { return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"); }

