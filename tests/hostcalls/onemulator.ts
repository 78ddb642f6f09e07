/** Runs a case on the emulator. */
import { Emulator, type HttpStream, VmTrap } from "../../harness/emulator/index.ts";
import type { Answer, Case, Client, Pairs, Peer, Request, Transcript } from "./case.ts";
import { attributes, configuration, said, sorted } from "./guest.ts";
import { EmulatedClient } from "./emulatedclient.ts";
import { answerCalls, expireCalls } from "./emulatedservers.ts";
import { telling, web, wire } from "./servers.ts";

export interface Emulated extends Transcript {
  /** Host calls and callbacks that ran. */
  calls: string[];
  callbacks: string[];
}

export async function runOnEmulator(wasm: Uint8Array, one: Case): Promise<Emulated> {
  const emulator = Emulator.load(wasm, { vmId: one.ownVm ? one.name : "shared", vmConfig: one.ownVm ? one.name : "", failurePolicy: one.reload ? "reload" : "closed" });
  emulator.calls.clusters = new Set(["web", "grpc", "refused", "refusedgrpc"]);
  for (const [path, value] of Object.entries(attributes(one))) emulator.properties.set(path.split("/"), value);
  const root = emulator.createRoot(configuration(one));
  const peer = new EmulatorPeer(emulator, root);
  const seen = await one.drive?.(peer);
  peer.settle();
  const lines = emulator.logs.lines.flatMap(({ level, text }) => level === "trace" || level === "debug" ? [] : said(one.name, text));
  peer.closeAll();
  if (!emulator.dead) emulator.assertNoLeaks();
  return {
    lines, seen, served: sorted(peer.served),
    calls: [...emulator.vm.calls.keys()], callbacks: [...emulator.vm.called.keys()],
  };
}

class EmulatorPeer implements Peer {
  readonly served: unknown[] = [];
  private readonly open: (() => void)[] = [];

  constructor(private readonly emulator: Emulator, private readonly root: ReturnType<Emulator["createRoot"]>) {}

  connect(): Promise<Client> {
    const client = new EmulatedClient(this.emulator, this.root, this.served, (task) => this.run(task));
    this.open.push(() => client.connection.close());
    return Promise.resolve(client);
  }

  request({ method = "GET", path = "/", headers = [], body = [], trailers, leaveAfter, metadata }: Request = {}): Promise<Answer> {
    if (metadata) return Promise.resolve(this.withMetadata(metadata));
    const whole = body.length === 0 && !trailers;
    const stream = this.emulator.newHttpStream(this.root, each => this.later(() => this.serve(each)));
    this.run(() => {
      stream.requestHeaders([
        [":authority", "parity"], [":path", path], [":method", method], ...headers,
      ], whole);
      for (const piece of body) {
        if (typeof piece === "string") stream.requestBody(piece, false);
        else this.settle();
      }
      if (trailers) stream.requestTrailers(trailers);
      else if (!whole) stream.requestBody("", true);
    });
    if (leaveAfter) this.run(() => stream.abort());
    else while (!stream.closed && expireCalls(this.emulator)) this.settle();
    this.open.push(() => stream.abort());
    return Promise.resolve(answerOf(stream));
  }

  private withMetadata(metadata: Pairs): Answer {
    const stream = this.emulator.newHttpStream(this.root);
    this.run(() => {
      stream.requestHeaders([[":method", "POST"], [":path", "/"], [":scheme", "http"], [":authority", "parity"]], false);
      stream.requestMetadata(metadata).requestBody("", true);
      this.served.push("METADATA");
      stream.responseHeaders([[":status", "200"]], false).responseMetadata([["answer", "meta"]]).responseBody("", true);
    });
    return { ...answerOf(stream), body: "METADATA" };
  }

  lines(): Promise<void> {
    this.settle();
    return Promise.resolve();
  }

  pass(ms: number): Promise<void> {
    this.run(() => this.emulator.advance(ms));
    if (expireCalls(this.emulator)) this.settle();
    return Promise.resolve();
  }

  /** What servers and the event loop have to do, until there is nothing more. */
  settle(): void {
    while (answerCalls(this.emulator, this.served) || this.emulator.drainQueues() > 0);
  }

  closeAll(): void { this.run(() => this.open.forEach(close => this.emulator.dead || close())); }

  /** A server does its part from the event loop, not inside of the filter's callback. */
  private later(task: () => void): void { this.emulator.post(() => this.emulator.dead || task()); }

  private serve(stream: HttpStream): void {
    const { upstream } = stream;
    const request = { method: upstream.field(":method") ?? "", path: upstream.field(":path") ?? "", headers: upstream.fields, body: upstream.body.toString(), trailers: upstream.trailing ?? [] };
    this.served.push({ ...request, headers: telling(request.headers).filter(([name]) => !name.startsWith(":")) });
    const answer = web(request);
    if (!answer) return;
    const chunked: [string, string][] = answer.trailers.length > 0 ? [["transfer-encoding", "chunked"]] : [];
    stream.responseHeaders([[":status", String(answer.status)], ...wire(answer), ...chunked], !answer.body);
    if (!answer.body) return;
    stream.responseBody(answer.body, false);
    if (answer.trailers.length > 0) stream.responseTrailers(answer.trailers);
    else stream.responseBody("", true);
  }

  /** A trap is seen by the client, not by the test. */
  private run(task: () => void): void {
    try {
      task();
      this.settle();
    } catch (error) {
      if (!(error instanceof VmTrap)) throw error;
    }
  }
}

function answerOf({ client, reset }: HttpStream): Answer {
  return { status: client.status, headers: telling(client.fields).filter(([name]) => name !== ":status"), body: client.body.toString(), trailers: client.trailing ?? [], reset };
}
