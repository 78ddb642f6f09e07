/** Runs cases on the real Envoy: one for all of them. */
import { type EnvoyHandle, startEnvoy } from "../../harness/envoy/envoy.ts";
import { until } from "../../harness/tools/wait.ts";
import { bootstrap } from "./bootstrap.ts";
import type { Case, Peer, Transcript } from "./case.ts";
import { tcpClient, webRequest } from "./clients.ts";
import { said, sorted } from "./guest.ts";
import { metadataRequest } from "./metadata.ts";
import { Servers } from "./realservers.ts";

const PATIENCE = 5_000;
/** A line of a module: thread, and what it said. Multi-line texts do not occur. */
const LINE = /^\[[^\]]*\]\[(\d+)\]\[\w+\]\[wasm\] \[[^\]]*\] wasm log[^:]*: (#.*)$/;

export class OnEnvoy {
  private constructor(private readonly envoy: EnvoyHandle, private readonly servers: Servers, private readonly ports: Map<string, number>) {}

  static async start(cases: Case[], wasm: string): Promise<OnEnvoy> {
    const servers = new Servers();
    const envoy = await startEnvoy({ bootstrap: bootstrap(cases, wasm, await servers.start()), logLevel: "warning,wasm:info", readyMs: 60_000 });
    const ports = new Map([...await envoy.listeners()].map(([name, { port }]) => [name, port]));
    return new OnEnvoy(envoy, servers, ports);
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await this.servers.stop();
  }

  log(): string { return this.envoy.log(); }

  async run(one: Case): Promise<Transcript> {
    this.servers.served = [];
    const lines = (): string[] => this.lines(one.name);
    const waitFor = async (wanted: string[]): Promise<void> => {
      await until(`${one.name}: ${wanted.join(", ")} in ${JSON.stringify(lines())}`, PATIENCE, () => holds(lines(), wanted));
    };
    const port = this.ports.get(one.name) ?? 0;
    const peer: Peer = {
      connect: () => tcpClient(port),
      request: (request = {}) => one.metadata ? metadataRequest(port, request) : webRequest(port, request, waitFor),
      lines: (...wanted) => waitFor(wanted),
      pass: () => Promise.resolve(),
    };
    const seen = await one.drive?.(peer);
    return { lines: await this.quiet(one.name), seen, served: sorted(this.servers.served) };
  }

  /** Lines of the worker thread; the main thread has roots of its own. */
  private lines(name: string): string[] {
    return this.envoy.log().split("\n").flatMap((line) => {
      const [, thread, text] = LINE.exec(line) ?? [];
      return text && Number(thread) !== this.envoy.pid ? said(name, text) : [];
    });
  }

  /** All lines, once none has come for a while: what follows the last answer has no other sign of its end. */
  private async quiet(name: string): Promise<string[]> {
    let last = -1, since = Date.now();
    await until(`${name}: no end of lines`, PATIENCE, () => {
      const { length } = this.lines(name);
      if (length !== last) [last, since] = [length, Date.now()];
      return Date.now() - since > 100;
    });
    return this.lines(name);
  }
}

function holds(lines: string[], wanted: string[]): boolean {
  let at = 0;
  for (const line of lines) if (at < wanted.length && line.startsWith(wanted[at] as string)) at++;
  return at === wanted.length;
}
