/** Refuses connections whose first bytes are a given prefix, and counts the bytes of all others. */
import {
  Action, Buffer, closeDownstream, Counter, drainDownstream, logInfo, NetworkContext, Problems, readRange, RootContext,
  setRootFactory, setTickPeriod, source, utf8Bytes, Writer,
} from "as-proxy-wasm/assembly";

/** One for each configuration: `{ "refuse": "SSH-" }`. */
class Root extends RootContext {
  refuse: StaticArray<u8> = new StaticArray<u8>(0);
  bytes: Counter = new Counter("{{name}}_bytes");

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = problems.parse(configuration);
    problems.unknownFields(config, ["refuse"]);
    this.refuse = utf8Bytes(problems.text(config, "refuse"));
    setTickPeriod(1000);
    return problems.first;
  }

  /** Counters add up in the filter and are handed to Envoy here. */
  onTick(): void { this.bytes.flush(); }

  createNetworkContext(id: u32): NetworkContext { return new Connection(id, this); }
}

const first: Writer = new Writer(64);

/** One for each client connection. */
class Connection extends NetworkContext {
  private seen: bool = false;

  constructor(id: u32, private owner: Root) { super(id, owner); }

  onDownstreamData(size: i32, end: bool): Action {
    const refuse = this.owner.refuse;
    if (!this.seen && refuse.length > 0) {
      // With Pause the bytes stay in the buffer, and the next call has them together with what follows.
      if (size < refuse.length && !end) return Action.Pause;
      first.reset();
      readRange(Buffer.Downstream, 0, refuse.length, first);
      if (first.length == refuse.length && memory.compare(first.base, changetype<usize>(refuse), refuse.length) == 0) {
        const from = source.address.text();
        logInfo("refused " + (from ? from : "?"));
        drainDownstream();
        closeDownstream();
        return Action.Pause;
      }
    }
    this.seen = true;
    this.owner.bytes.add(size);
    return Action.Continue;
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "as-proxy-wasm/assembly/callbacks";
