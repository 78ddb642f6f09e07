import { Json } from "../../bytes/json";
import { Pool } from "../../bytes/pool";
import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { Status } from "../../env/enums";
import { Counter } from "../../host/metrics";
import { Filter } from "../../proxy/filter/filter";
import { hold, HOLD } from "../../proxy/filter/heldRequest";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { Judge, LimitCall } from "./call";
import { Described, Descriptor, descriptorsWritten } from "./descriptors";
import { beginRequest, Code, METHOD, SERVICE } from "./message";

/** As Envoy's own rate limit filters. */
const DEFAULT_TIMEOUT_MS: i64 = 20;
const MAX_MS: i64 = 60_000;

const OVER_LIMIT = new Failure(Reason.RateLimited, "too many requests: global limit");
const TOO_MUCH = new Failure(Reason.RateLimited, "too many values of the keys of the global limit");
const NOT_KNOWN = new Failure(Reason.RateLimited, "the rate limit service is not available");

const message: Writer = new Writer(1024);

/** Asks a rate limit service of Envoy's API about each request: docs/filters/global-rate-limit.md. */
@final
export class GlobalRateLimit extends Filter implements Judge {
  private domain: string = "";
  private cluster: string = "";
  private timeoutMs: i32 = 0;
  private denyOnFail: bool = false;
  private maxCalls: i32 = 0;
  private descriptors: Descriptor[] = [];
  private spare: Pool<LimitCall> = new Pool<LimitCall>();
  private inFlight: i32 = 0;
  private counters: Counter[] = [];

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["domain", "rateLimitService", "timeoutMs", "denyOnFail", "maxCalls", "descriptors"]);
    this.guards = true;
    this.domain = problems.needText(config, "domain");
    this.cluster = problems.needText(config, "rateLimitService");
    this.timeoutMs = <i32>problems.int(config, "timeoutMs", DEFAULT_TIMEOUT_MS, 1, MAX_MS);
    this.denyOnFail = problems.bool(config, "denyOnFail");
    this.maxCalls = <i32>problems.int(config, "maxCalls", 1024, 1, 65536);
    const list = problems.list(config, "descriptors");
    for (let i = 0; i < list.length && problems.ok; i++) this.descriptors.push(new Descriptor(list[i], keys, problems));
    if (!problems.ok) return;
    if (list.length == 0) return problems.missing(config, "descriptors", "a list of lists of entries");
    const labels = ";.;service=.=" + keys.service + ";.;";
    for (let i = 0; i < COUNTED.length; i++) this.counters.push(new Counter("meltemi_global_rate_limit_" + COUNTED[i] + labels));
    this.tickMs = 1000;
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    switch (this.describe(x, f)) {
      case Described.Nothing: return null;
      case Described.Hidden: return this.unknown();
      case Described.TooMuch: return this.over(TOO_MUCH);
    }
    if (this.inFlight >= this.maxCalls) return this.unknown();
    const spare = this.spare.take(), call = spare ? spare : new LimitCall(this);
    if (call.call(this.cluster, SERVICE, METHOD, message, this.timeoutMs) != Status.Ok) {
      this.spare.give(call);
      return this.unknown();
    }
    this.inFlight++;
    call.held = hold();
    return HOLD;
  }

  /** The answer to a call, or that there will be none. */
  decided(call: LimitCall, code: Code): void {
    const held = call.held;
    call.held = null;
    this.inFlight--;
    this.spare.give(call);
    if (held) held.resume(code == Code.OverLimit ? this.over(OVER_LIMIT) : code == Code.Ok ? this.fine() : this.unknown());
  }

  onTick(): void {
    for (let i = 0; i < this.counters.length; i++) this.counters[i].flush();
  }

  /** Writes the question about a request. */
  private describe(x: Exchange, f: Frame): Described {
    let count = 0, hidden = false;
    beginRequest(message, this.domain);
    for (let i = 0; i < this.descriptors.length; i++) {
      const result = unchecked(this.descriptors[i]).describe(x, f.metadata, count, message);
      if (result == Described.TooMuch) return result;
      if (result == Described.Hidden) hidden = true;
      if (result == Described.Something) count = descriptorsWritten();
    }
    return hidden ? Described.Hidden : count > 0 ? Described.Something : Described.Nothing;
  }

  private fine(): Failure | null {
    this.counters[Counted.Ok].add();
    return null;
  }

  private over(failure: Failure): Failure {
    this.counters[Counted.OverLimit].add();
    return failure;
  }

  /** Nobody can say whether the request is over the limit. */
  private unknown(): Failure | null {
    this.counters[Counted.Error].add();
    if (this.denyOnFail) return NOT_KNOWN;
    this.counters[Counted.FailureModeAllowed].add();
    return null;
  }
}

enum Counted { Ok, OverLimit, Error, FailureModeAllowed }

/** As Envoy names them. */
const COUNTED: StaticArray<string> = ["ok", "over_limit", "error", "failure_mode_allowed"];
