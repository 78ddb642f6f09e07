/** Answers some requests with an error, and lets others wait: by chance, or because a header of the request asks for it. */
import {
  Action, continueRequest, header, HttpContext, Json, MapType, nowMilliseconds, nowNanoseconds, Problems, Random, RootContext,
  sendLocalResponse, setRootFactory, setTickPeriod,
} from "../../assembly/sdk";

const TICK_MS = 10, MAX_MS = 3_600_000, ALL: u32 = 1_000_000;

class Root extends RootContext {
  status: i32 = 0;
  delayMs: i32 = 0;
  /** Millionths of all requests: 0.0001 percent each. */
  aborted: u32 = 0;
  delayed: u32 = 0;
  byHeader: bool = false;
  dice: Random = new Random(nowNanoseconds());
  waiting: Fault[] = [];

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = problems.parse(configuration);
    problems.unknownFields(config, ["abort", "delay", "byHeader"]);
    const abort = problems.object(config, "abort"), delay = problems.object(config, "delay");
    if (abort) this.status = <i32>problems.needInt(abort, "status", 200, 599);
    if (delay) this.delayMs = <i32>problems.needInt(delay, "ms", 1, MAX_MS);
    this.aborted = share(abort, "status", problems);
    this.delayed = share(delay, "ms", problems);
    this.byHeader = problems.bool(config, "byHeader");
    return problems.first;
  }

  /** Runs only while somebody waits: an idle filter costs nothing. */
  onTick(): void {
    const now = nowMilliseconds(), all = this.waiting;
    this.waiting = [];
    for (let i = 0; i < all.length; i++) if (all[i].due > now) this.waiting.push(all[i]);
    if (this.waiting.length == 0) setTickPeriod(0);
    for (let i = 0; i < all.length; i++) if (all[i].due <= now && all[i].select()) all[i].goOn();
  }

  createHttpContext(id: u32): HttpContext { return new Fault(id, this); }
}

function share(fault: Json | null, value: string, problems: Problems): u32 {
  if (!fault) return 0;
  problems.unknownFields(fault, [value, "percent"]);
  return <u32>Math.round(problems.number(fault, "percent", 100, 0, 100) * 10_000);
}

class Fault extends HttpContext {
  due: u64 = 0;
  private status: i32 = 0;

  constructor(id: u32, private owner: Root) { super(id, owner); }

  onRequestHeaders(count: i32, end: bool): Action {
    const owner = this.owner, dice = owner.dice;
    this.status = this.asked("x-fault-abort", 200, 599, dice.below(ALL) < owner.aborted ? owner.status : 0);
    const ms = this.asked("x-fault-delay-ms", 1, MAX_MS, dice.below(ALL) < owner.delayed ? owner.delayMs : 0);
    if (ms == 0) return this.goOn();
    this.due = nowMilliseconds() + ms;
    if (owner.waiting.push(this) == 1) setTickPeriod(TICK_MS);
    return Action.Pause;
  }

  goOn(): Action {
    if (this.status == 0) return this.due ? <Action>continueRequest() : Action.Continue;
    sendLocalResponse(this.status, "fault filter abort\n", null, "fault_filter_abort");
    return Action.Pause;
  }

  /** The client did not wait. */
  onDone(): void { if (this.owner.waiting.includes(this)) this.owner.waiting.splice(this.owner.waiting.indexOf(this), 1); }

  /** What a header of the request asks for, if the configuration allows that; anything else is the fallback. */
  private asked(name: string, least: i32, most: i32, fallback: i32): i32 {
    const text = this.owner.byHeader ? header(MapType.Request, name) : null, value = text ? parseInt(text) : NaN;
    return value >= least && value <= most ? <i32>value : fallback;
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "../../assembly/callbacks";
