// A module that does what its configuration says, on our SDK, for the parity suite (tests/hostcalls). The configuration is
// {"case": NAME, "on": {CALLBACK: [STEP, ...]}}; a step is [CALL, argument, ...]. CALLBACK#2 are the steps of the second time
// that a stream (or the root) has that callback. Each callback and each step is a line on the log: "#NAME callback ..." and
// "#NAME call=status value".
import { Action, HttpContext, NetworkContext, parseJson, Peer, RootContext, setRootFactory } from "../../assembly/sdk";
import { Script, Turns } from "./hostcalls/script";

class Root extends RootContext {
  script: Script = new Script("?", null);
  turns: Turns = new Turns();

  constructor(id: u32) { super(id); }

  onVmStart(configuration: string): string | null {
    this.script.say("vm_start " + configuration);
    return null;
  }

  onConfigure(configuration: string): string | null {
    const parsed = parseJson(configuration), value = parsed.value;
    if (value === null) return parsed.error;
    const name = value.get("case"), on = value.get("on");
    this.script = new Script(name ? name.text : "?", on);
    this.turn("configure", "");
    return this.script.refusal;
  }

  onTick(): void { this.turn("tick", ""); }
  onQueueReady(queue: u32): void { this.turn("queue_ready", ""); }
  onForeignFunction(name: u32, size: i32): void { this.turn("foreign_function", name.toString() + " " + size.toString()); }
  createNetworkContext(id: u32): NetworkContext { return new Connection(id, this); }
  createHttpContext(id: u32): HttpContext { return new Request(id, this); }

  onDone(): bool { return this.turn("root_done", "") == Action.Continue; }
  onLog(): void { this.turn("root_log", ""); }
  onDelete(): void { this.turn("root_delete", ""); }

  private turn(callback: string, args: string): Action { return this.script.run(callback, args, this.turns, this, null); }
}

class Connection extends NetworkContext {
  private turns: Turns = new Turns();
  private script: Script;

  constructor(id: u32, root: Root) {
    super(id, root);
    this.script = root.script;
  }

  onNewConnection(): Action { return this.turn("new_connection", ""); }
  onDownstreamData(size: i32, end: bool): Action { return this.turn("downstream_data", counted(size, end)); }
  onUpstreamData(size: i32, end: bool): Action { return this.turn("upstream_data", counted(size, end)); }
  onDownstreamClose(peer: Peer): void { this.turn("downstream_close", (<i32>peer).toString()); }
  onUpstreamClose(peer: Peer): void { this.turn("upstream_close", (<i32>peer).toString()); }
  onWake(): void { this.turn("wake", ""); }
  onLog(): void { this.turn("log", ""); }
  onDelete(): void { this.turn("delete", ""); }

  private turn(callback: string, args: string): Action { return this.script.run(callback, args, this.turns, this.root, this); }
}

class Request extends HttpContext {
  private turns: Turns = new Turns();
  private script: Script;

  constructor(id: u32, root: Root) {
    super(id, root);
    this.script = root.script;
  }

  onRequestHeaders(count: i32, end: bool): Action { return this.turn("request_headers", counted(count, end)); }
  onRequestBody(size: i32, end: bool): Action { return this.turn("request_body", counted(size, end)); }
  onRequestTrailers(count: i32): Action { return this.turn("request_trailers", count.toString()); }
  onRequestMetadata(count: i32): Action { return this.turn("request_metadata", count.toString()); }
  onResponseHeaders(count: i32, end: bool): Action { return this.turn("response_headers", counted(count, end)); }
  onResponseBody(size: i32, end: bool): Action { return this.turn("response_body", counted(size, end)); }
  onResponseTrailers(count: i32): Action { return this.turn("response_trailers", count.toString()); }
  onResponseMetadata(count: i32): Action { return this.turn("response_metadata", count.toString()); }
  onDone(): void { this.turn("done", ""); }
  onLog(): void { this.turn("log", ""); }
  onDelete(): void { this.turn("delete", ""); }

  private turn(callback: string, args: string): Action { return this.script.run(callback, args, this.turns, this.root, this); }
}

function counted(n: i32, end: bool): string { return n.toString() + (end ? " end" : ""); }

setRootFactory((id: u32): RootContext => new Root(id));
export * from "../../assembly/callbacks";
