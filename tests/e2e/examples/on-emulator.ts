import assert from "node:assert/strict";
import { type Connection, Emulator, type HttpStream, type Pairs } from "../../../harness/emulator/index.ts";
import type { Room } from "./room.ts";
import type { Answer, Stage, TcpClient } from "./stage.ts";

/** Steps in which time passes, milliseconds. */
const STEP_MS = 10;

export class EmulatorStage implements Stage {
  private readonly emulator: Emulator;
  private readonly root: ReturnType<Emulator["createRoot"]>;
  private readonly waiting = new Set<() => boolean>();

  constructor(private readonly room: Room, configuration?: object) {
    this.emulator = Emulator.load(room.wasm);
    this.emulator.clock.now = BigInt(Date.now()) * 1_000_000n;
    this.root = this.emulator.createRoot(configuration ? JSON.stringify(configuration) : room.configuration);
  }

  get(headers: Record<string, string> = {}): Promise<Answer> {
    const stream = this.emulator.newHttpStream(this.root, (each) => each.respond([[":status", "200"]], this.room.body((name) => each.upstream.field(name))));
    return new Promise((resolve) => {
      this.waiting.add(() => {
        if (!stream.client.ended) return false;
        resolve(answerOf(stream));
        return true;
      });
      stream.requestHeaders([[":method", "GET"], [":path", "/"], [":authority", "shop.example"], ...(Object.entries(headers) as Pairs)]);
      this.settle();
    });
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.emulator.advance(STEP_MS);
      this.settle();
      // who waits for an answer hears of it now, not at the end
      await new Promise(setImmediate);
    }
  }

  // In microseconds it is a number without loss; in nanoseconds it is not.
  now(): number { return Number(this.emulator.clock.now / 1000n) / 1000; }

  connect(serverName?: string): Promise<TcpClient> {
    const connection = this.emulator.newConnection(this.root, { data: (each, bytes, end) => void each.upstream(bytes, end) });
    if (serverName) connection.properties.set(["connection", "requested_server_name"], serverName);
    return Promise.resolve(new EmulatedClient(connection, () => this.settle()));
  }

  counts(metric: string, value: number): Promise<void> {
    this.emulator.advance(1000);
    assert.equal(this.emulator.metrics.value(metric), value, metric);
    return Promise.resolve();
  }

  logs(pattern: RegExp): Promise<void> {
    assert.match(this.emulator.logs.lines.map(({ text }) => text).join("\n"), pattern);
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const connection of this.emulator.connections()) connection.close();
    this.emulator.assertNoLeaks();
    return Promise.resolve();
  }

  private settle(): void {
    this.emulator.drainQueues();
    for (const look of this.waiting) if (look()) this.waiting.delete(look);
  }
}

function answerOf({ client }: HttpStream): Answer {
  return { status: client.status, headers: Object.fromEntries(client.fields), body: client.body.toString() };
}

class EmulatedClient implements TcpClient {
  private bytes = Buffer.alloc(0);

  constructor(private readonly connection: Connection, private readonly settle: () => void) {}

  write(bytes: string | Buffer): void {
    this.connection.downstream(bytes);
    this.settle();
  }

  gets(bytes: string | Buffer): Promise<void> {
    assert.ok(this.received().includes(bytes), `got ${this.received().toString()}`);
    return Promise.resolve();
  }

  closed(): Promise<void> {
    assert.equal(this.connection.closed, true);
    return Promise.resolve();
  }

  received(): Buffer { return this.bytes = Buffer.concat([this.bytes, this.connection.takeWritten()]); }
  end(): void { this.connection.close(); }
}
