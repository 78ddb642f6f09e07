/** Logs of each connection whence it comes, whom it asks for and how it begins; counts bytes; closes what begins in a forbidden way. */
import {
  Action, Buffer, closeDownstream, connection, Counter, drainDownstream, labelled, logInfo, NetworkContext, Problems,
  readRange, RootContext, setRootFactory, setTickPeriod, source, utf8Bytes, Writer,
} from "../../assembly/sdk";

const beginning: Writer = new Writer(64);

class Root extends RootContext {
  /** Bytes of a connection to log. */
  shown: i32 = 0;
  forbidden: StaticArray<u8>[] = [];
  /** Of the longest prefix. */
  longest: i32 = 0;
  counters: Counter[] = [];
  received: Counter = this.counter("tcp_inspect_bytes", "direction", "received");
  sent: Counter = this.counter("tcp_inspect_bytes", "direction", "sent");
  passed: Counter = this.counter("tcp_inspect_connections", "verdict", "passed");
  refused: Counter = this.counter("tcp_inspect_connections", "verdict", "refused");

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = problems.parse(configuration), prefixes = problems.texts(config, "forbidden");
    problems.unknownFields(config, ["firstBytes", "forbidden"]);
    this.shown = <i32>problems.int(config, "firstBytes", 16, 1, 1024);
    for (let i = 0; i < prefixes.length; i++) {
      this.forbidden.push(utf8Bytes(prefixes[i]));
      this.longest = max(this.longest, this.forbidden[i].length);
    }
    setTickPeriod(1000);
    return problems.first;
  }

  /** Counters add up in the filter and are handed to Envoy once a second. */
  onTick(): void { for (let i = 0; i < this.counters.length; i++) this.counters[i].flush(); }

  createNetworkContext(id: u32): NetworkContext { return new Inspection(id, this); }

  private counter(name: string, label: string, value: string): Counter {
    const made = new Counter(labelled(name, [label], [value]));
    this.counters.push(made);
    return made;
  }
}

enum Verdict { Pass, Refuse, Unclear }

class Inspection extends NetworkContext {
  private passed: bool = false;

  constructor(id: u32, private owner: Root) { super(id, owner); }

  onDownstreamData(size: i32, end: bool): Action {
    const verdict = this.passed ? Verdict.Pass : this.judge(end);
    if (verdict == Verdict.Pass) {
      if (!this.passed) this.say("passed", this.owner.passed);
      this.passed = true;
      this.owner.received.add(size);
      return Action.Continue;
    }
    if (verdict == Verdict.Refuse) {
      this.say("refused", this.owner.refused);
      drainDownstream();
      closeDownstream();
    }
    // What is unclear stays in the buffer, and comes again with what follows.
    return Action.Pause;
  }

  onUpstreamData(size: i32, end: bool): Action {
    this.owner.sent.add(size);
    return Action.Continue;
  }

  private judge(end: bool): Verdict {
    const forbidden = this.owner.forbidden;
    let verdict = Verdict.Pass;
    beginning.reset();
    readRange(Buffer.Downstream, 0, max(this.owner.longest, this.owner.shown), beginning);
    for (let i = 0; i < forbidden.length; i++) {
      const prefix = forbidden[i], length = min(beginning.length, prefix.length);
      if (memory.compare(beginning.base, changetype<usize>(prefix), length) != 0) continue;
      if (length == prefix.length) return Verdict.Refuse;
      if (!end) verdict = Verdict.Unclear;
    }
    return verdict;
  }

  private say(verdict: string, counter: Counter): void {
    const from = source.address.text(), asked = connection.requestedServerName.text();
    let hex = "";
    for (let i = 0; i < min(beginning.length, this.owner.shown); i++) hex += (<i32>load<u8>(beginning.base + i) + 0x100).toString(16).slice(1);
    logInfo(verdict + " from " + (from ? from : "?") + " to " + (asked && asked.length ? asked : "-") + " begins " + hex);
    counter.add();
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "../../assembly/callbacks";
