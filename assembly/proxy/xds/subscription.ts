import { Writer } from "../../bytes/writer";
import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { GrpcStream } from "../../context/calls";
import { Buffer, Status } from "../../env/enums";
import { xds } from "../../host/attributes";
import { readBuffer } from "../../host/buffer";
import { callStatusText } from "../../host/grpcCall";
import { logError, logInfo, logWarn } from "../../host/log";
import { Counter, labelled } from "../../host/metrics";
import { Property } from "../../host/property";
import { selectContext } from "../../host/stream";
import { Cluster } from "../cluster/cluster";
import { randomBelow } from "../runtime/random";
import { after, Timer } from "../runtime/timers";
import { Asker, Demand } from "./onDemand";
import { XdsConfig } from "./config";
import { METHOD, Request, Response, SERVICE } from "./discovery";
import { OutReport } from "./healthReport";

/** Waits between attempts to reach the server: with jitter, from the first to the last. */
const FIRST_MS: i32 = 200, LAST_MS: i32 = 15_000;
/** Bytes of an answer at most. */
const MAX_ANSWER: i32 = 16 << 20;

const out: Writer = new Writer(1024);

/** Who takes configurations: null, or what is wrong with it. `contextId`: its context; `clusters`: what is in force. */
export interface Taker {
  contextId(): u32;
  clusters(): Cluster[];
  take(configuration: string): string | null;
}

@final
class Again extends Timer {
  constructor(private subscription: Subscription) { super(); }
  fire(): void { this.subscription.start(); }
}

@final
class Repeat extends Timer {
  constructor(private subscription: Subscription) { super(); }
  fire(): void { this.subscription.sayAgain(); }
}

/**
 * A listener's stream to the control plane: asks for its configuration by name, says of each whether it is in force (ACK) or
 * why not (NACK), and asks again after a while when the stream has ended. What came last stays in force meanwhile.
 */
@final
export class Subscription extends GrpcStream implements Asker {
  private request: Request = new Request();
  private backoffMs: i32 = FIRST_MS;
  private report: OutReport = new OutReport();
  private isOver: bool = false;
  private isOpen: bool = false;
  private accepted: Counter;
  private refused: Counter;
  private disconnected: Counter;

  constructor(private feed: XdsConfig, private taker: Taker, service: string, private demand: Demand | null) {
    super(null);
    const names = ["service"], values = [service];
    this.accepted = new Counter(labelled("meltemi_rds_accepted", names, values));
    this.refused = new Counter(labelled("meltemi_rds_refused", names, values));
    this.disconnected = new Counter(labelled("meltemi_rds_disconnected", names, values));
    this.request.resource = feed.resource;
  }

  start(): void {
    if (this.isOver || !selectContext(this.taker.contextId())) return;
    this.request.node = textOf(xds.nodeId);
    this.request.cluster = textOf(xds.nodeCluster);
    this.request.nonce = "";
    this.request.refusal = "";
    if (this.open(this.feed.cluster, SERVICE, METHOD) != Status.Ok) {
      logError("rds: cluster " + this.feed.cluster + " does not exist");
      return this.wait();
    }
    this.isOpen = true;
    this.report.reset();
    this.say();
  }

  ask(name: string): void { this.repeat(); }
  forget(name: string): void { this.repeat(); }

  /** Says what is asked for now; from any callback. */
  private repeat(): void {
    if (this.isOpen) after(0, new Repeat(this));
  }

  /** With the root selected. */
  sayAgain(): void { if (this.isOpen && selectContext(this.taker.contextId())) this.say(); }

  /** The listener has gone. */
  stop(): void {
    this.isOver = true;
    this.cancel();
  }

  onTick(): void {
    this.accepted.flush();
    this.refused.flush();
    this.disconnected.flush();
    const clusters = this.taker.clusters();
    if (!this.isOpen || !this.report.changed(clusters) || !selectContext(this.taker.contextId())) return;
    out.reset();
    this.report.write(clusters, out);
    this.send(out);
  }

  onMessage(size: i32): void {
    const answer = new Response(), bytes = takeBuffer();
    let refusal: string | null = null;
    this.backoffMs = FIRST_MS;
    if (size <= MAX_ANSWER) readBuffer(Buffer.GrpcMessage, bytes);
    if (size > MAX_ANSWER) refusal = "found an answer of " + size.toString() + " bytes, allowed: " + MAX_ANSWER.toString();
    else if (!answer.read(bytes.base, bytes.length, this.feed.resource)) refusal = "the answer cannot be read";
    else if (answer.found) refusal = this.taker.take(answer.configuration);
    giveBuffer(bytes);
    this.conclude(answer, refusal);
  }

  private conclude(answer: Response, refusal: string | null): void {
    const request = this.request;
    request.nonce = answer.nonce;
    request.refusal = "";
    if (refusal !== null) {
      request.refusal = refusal;
      this.refused.add();
      logWarn("rds: version " + answer.version + " of " + this.feed.resource + " is refused: " + refusal);
    } else if (answer.found) {
      request.version = answer.version;
      this.accepted.add();
    }
    this.say();
  }

  onClose(status: i32): void {
    this.isOpen = false;
    this.disconnected.add();
    logInfo("rds: the stream has ended, status " + status.toString() + " " + callStatusText());
    this.wait();
  }

  private say(): void {
    const demand = this.demand;
    if (demand) this.request.names = demand.names;
    out.reset();
    this.request.write(out);
    this.send(out);
  }

  private wait(): void {
    const half = this.backoffMs >> 1;
    after(half + <i32>randomBelow(half + 1), new Again(this));
    this.backoffMs = min(this.backoffMs * 2, LAST_MS);
  }
}

function textOf(property: Property): string {
  const text = property.text();
  return text === null ? "" : text;
}
