/** Plays a case on a VM of its own, and looks at what must hold whatever happens. */
import { FakeHcm, type Lane } from "../../harness/emulator/http2.ts";
import { ConfigRejected, type Connection, Emulator, VmTrap } from "../../harness/emulator/index.ts";
import { writeMessage } from "../../harness/emulator/foreign/protobuf.ts";
import type { Case, LaneEvent, Step } from "./case.ts";
import { RDS } from "./config.ts";
import { limited, pagesOf } from "./limited.ts";
import { foreign } from "./own.ts";
import { PLAIN, Victim } from "./victim.ts";

const RESOURCE = "type.googleapis.com/meltemi.v1.RouteConfiguration";
/** Time in which all that was begun ends, once the clients have gone. */
const END_MS = 10_000;
/** More than `vmBytes`, all buffers of callbacks and pools, and what a collection finds. */
const MOST_MEMORY = 128 << 20;
/** After a trap Envoy makes a new VM, for the first stream that comes after this. */
const RELOADED_MS = 2000;
/** Bytes at the beginning of those that should not be there by which kinds of failures are told apart. */
const OPENING = 48;

/** One client that means no good, and what it talks to. */
interface Attacker { connection: Connection; hcm: FakeHcm | null; inline: Buffer[]; said: Buffer[] }

/** The module refused the configuration. */
export class Refused extends Error {}

/** Null, or what went wrong. Throws Refused. */
export function play(wasm: Uint8Array, one: Case): string | null {
  let player: Player | null = null;
  try {
    player = new Player(wasm, one);
    for (const step of one.steps) player.step(step);
    player.end();
    return null;
  } catch (error) {
    if (error instanceof ConfigRejected) throw new Refused(error.message);
    const said = player?.words ?? "";
    return `${error instanceof Error ? error.message : String(error)}${said && `: ${said}`}`;
  }
}

class Player {
  private readonly emulator: Emulator;
  private readonly root: ReturnType<Emulator["createRoot"]>;
  private readonly victims: Victim[];
  private readonly attackers: Attacker[] = [];
  private readonly all: Attacker[] = [];
  private http = 0;
  private grpc = 0;
  private version = 0;
  private readonly plain: ReturnType<Emulator["createRoot"]>;
  /** The module asked for memory that it did not get. */
  private isOut = false;

  constructor(private readonly wasm: Uint8Array, private readonly one: Case) {
    const { emulator, plain, root } = one.pages === undefined ? configured(wasm, one) : configured(limited(wasm, pagesOf(configured(wasm, one).emulator.memoryBytes()) + one.pages), one);
    this.emulator = emulator;
    this.plain = plain;
    this.root = root;
    this.victims = this.newVictims();
  }

  private newVictims(): Victim[] { return ["ann", "bob"].map((name) => new Victim(this.emulator, this.plain, name)); }

  /** The module's last words. */
  get words(): string { return this.emulator.dead ? this.emulator.logs.last("critical") ?? "" : ""; }

  step(step: Step): void { this.unlessOut(() => this.take(step)); }

  /** Memory may end in the middle of anything. Nothing is done to a VM that has ended so. */
  private unlessOut(run: () => void): void {
    if (this.isOut) return;
    try {
      run();
    } catch (error) {
      // whoever traps on purpose says why
      if (this.one.pages === undefined || !(error instanceof VmTrap) || !error.message.includes("unreachable") || this.words !== "") throw error;
      this.isOut = true;
    }
  }

  private take(step: Step): void {
    switch (step.do) {
      case "client": this.client(step); break;
      case "server": this.server(step); break;
      case "lane": this.lane(this.attacker(step.on), step.lane, step.what); break;
      case "drain": this.attacker(step.on).hcm?.goAway(); break;
      case "close": this.attacker(step.on).connection.close(); break;
      case "tick": this.emulator.advance(step.ms); break;
      case "http": this.answerHttp(step.headers, step.body); break;
      case "grpc": this.answerGrpc(step.hex, step.code); break;
      case "update": this.update(step.config); break;
      case "ask": for (const victim of this.victims) victim.ask(); break;
      case "answer": for (const victim of this.victims) victim.answer(); break;
    }
    this.emulator.drainQueues();
  }

  /** All clients go: nothing of them is left. Or the VM has ended: the next one serves whoever comes. */
  end(): void {
    this.unlessOut(() => this.leave());
    if (this.one.denies) this.mustHaveDenied();
    if (!this.isOut) return;
    for (const { connection } of this.all) if (!connection.closed) throw new Error("the VM has ended, and a client's connection has not");
    this.emulator.advance(RELOADED_MS);
    for (const victim of this.newVictims()) {
      victim.ask();
      victim.answer();
      victim.close();
    }
  }

  private leave(): void {
    for (const victim of this.victims) {
      victim.ask();
      victim.answer();
      victim.close();
    }
    for (const { connection } of this.all) connection.close();
    this.emulator.drainQueues();
    while (this.http < this.emulator.calls.http.length) this.answerHttp([], "");
    while (this.grpc < this.emulator.calls.grpc.length) this.answerGrpc("", 4);
    this.emulator.advance(END_MS);
    for (const name of ["meltemi_exchanges_out", "meltemi_buffers_out"]) this.mustBeZero(name, this.emulator.vm.call(name, this.root));
    this.mustBeZero("requests that clusters count", this.emulator.vm.call("meltemi_busy", this.root, this.root.id));
    if (this.emulator.memoryBytes() > MOST_MEMORY) throw new Error(`the module's memory is ${this.emulator.memoryBytes()} bytes`);
  }

  private mustBeZero(what: string, value: number | undefined): void {
    if (value !== 0) throw new Error(`after all clients have gone: ${what}: ${value}`);
  }

  private get which(): string { return `${this.one.codec}, ${this.one.upstream}`; }

  private mustHaveDenied(): void {
    for (const { hcm, inline, said } of this.all) {
      for (const lane of hcm?.lanes ?? []) throw new Error(`everything is denied (${this.which}), and a lane was opened, which got ${opening(lane.received)} ${lane.received.toString("hex")}`);
      const rest = foreign(this.one.codec, Buffer.concat(inline), Buffer.concat(said), this.wasm);
      if (rest.length > 0) throw new Error(`everything is denied (${this.which}), and the server got ${opening(rest)} ${rest.toString("hex")}`);
    }
  }

  private attacker(on: number): Attacker {
    const known = this.attackers[on];
    if (known && !known.connection.closed) return known;
    const inline: Buffer[] = [], hcm = this.one.upstream === "lanes" ? new FakeHcm({ maxFrame: 1 << 20, onLane: (lane) => this.begun(lane) }) : null;
    const connection = this.emulator.newConnection(this.root, hcm ?? { data: (_, bytes) => void inline.push(bytes) });
    this.all.push({ connection, hcm, inline, said: [] });
    return this.attackers[on] = this.all.at(-1)!;
  }

  /** Of each three lanes one is left waiting. */
  private begun(lane: Lane): void { if (lane.id % 6 !== 5) lane.accept(lane.headers["x-meltemi-endpoint"] ?? "127.0.0.1:1"); }

  private client({ on, hex, cuts, end }: Extract<Step, { do: "client" }>): void {
    const { connection } = this.attacker(on), all = pieces(hex, cuts);
    for (const [at, piece] of all.entries()) {
      connection.downstream(piece, end === true && at === all.length - 1);
      this.emulator.drainQueues();
    }
  }

  private server({ on, lane, hex, cuts }: Extract<Step, { do: "server" }>): void {
    const { connection, hcm, said } = this.attacker(on), to = laneOf(hcm, lane);
    for (const piece of pieces(hex, cuts)) {
      if (to) to.send(piece);
      else if (!hcm) {
        said.push(piece);
        connection.upstream(piece);
      }
      this.emulator.drainQueues();
    }
  }

  private lane({ connection, hcm }: Attacker, at: number, what: LaneEvent): void {
    const lane = laneOf(hcm, at);
    if (!hcm) {
      if (what === "end") connection.upstream("", true);
      else if (what === "abort") connection.close();
      return;
    }
    if (!lane) return;
    switch (what) {
      case "accept": return lane.accept(lane.headers["x-meltemi-endpoint"] ?? "127.0.0.1:9");
      case "end": return lane.end();
      case "abort": return lane.abort();
      case "refuse": return lane.fail(503, "UF", "refused");
      case "overflow": return lane.fail(503, "UO", "overflow");
      case "unknown": return lane.fail(503, "NC", "cluster_not_found");
      case "flood": return lane.send(Buffer.alloc(70_000, 97));
      case "stop": lane.reading = false; return;
      case "resume": return lane.resume();
    }
  }

  private answerHttp(headers: [string, string][], body: string): void {
    const call = this.emulator.calls.http[this.http];
    if (!call) return;
    this.http++;
    this.emulator.calls.answerHttp(call, headers, body);
    this.emulator.drainQueues();
  }

  private answerGrpc(hex: string, code: number): void {
    const { grpc } = this.emulator.calls;
    while (grpc[this.grpc] && !grpc[this.grpc]!.unary) this.grpc++;
    const call = grpc[this.grpc];
    if (!call) return;
    this.grpc++;
    if (code === 0) this.emulator.calls.receiveGrpc(call, Buffer.from(hex, "hex"));
    else this.emulator.calls.closeGrpc(call, code);
    this.emulator.drainQueues();
  }

  private update(config: object): void {
    const stream = this.emulator.calls.grpc.filter((call) => call.cluster === RDS.cluster && !call.cancelled && !call.closedByServer).at(-1);
    if (!stream) return;
    const any = writeMessage([[1, RESOURCE], [2, writeMessage([[1, RDS.resource], [2, JSON.stringify(config)]])]]), version = String(++this.version);
    this.emulator.calls.receiveGrpc(stream, writeMessage([[1, version], [2, any], [4, RESOURCE], [5, version]]));
  }
}

/** A VM, and both listeners on it. */
function configured(wasm: Uint8Array, { config, rest }: Case): { emulator: Emulator; plain: ReturnType<Emulator["createRoot"]>; root: ReturnType<Emulator["createRoot"]> } {
  const emulator = Emulator.load(wasm, { failurePolicy: "reload" });
  const plain = emulator.createRoot(JSON.stringify(PLAIN)), root = emulator.createRoot(JSON.stringify(config));
  if (rest !== undefined) emulator.vm.call("meltemi_rest", root, rest);
  return { emulator, plain, root };
}

/** What bytes begin with, by which kinds of messages are told apart: their words, and Dubbo's flags, without numbers (kindOf). */
function opening(bytes: Buffer): string {
  const words = bytes.subarray(0, OPENING).toString("latin1").replace(/[^A-Za-z]+/g, " ").trim();
  return bytes.subarray(0, 2).toString("hex") === "dabb" ? `[${[...bytes.subarray(2, 4)].map((byte) => byte.toString(2).replaceAll("0", "o").replaceAll("1", "i")).join(" ")} ${words}]` : `[${words}]`;
}

function laneOf(hcm: FakeHcm | null, at: number): Lane | undefined {
  const open = hcm?.open() ?? [];
  return open[at % Math.max(1, open.length)];
}

function pieces(hex: string, cuts: number[]): Buffer[] {
  const bytes = Buffer.from(hex, "hex"), all: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) all.push(bytes.subarray(at, at += cuts[turn % cuts.length] ?? bytes.length));
  return all.length > 0 ? all : [bytes];
}
