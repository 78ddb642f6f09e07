// Steps that call other services, and what comes back.
import {
  Buffer, bufferText, callStatus, callStatusText, Context, GrpcCall, GrpcStream, HttpCall, openCalls, RootContext, Status, Writer,
} from "../../../assembly/sdk";
import { proxy_get_status, proxy_grpc_cancel, proxy_grpc_call, proxy_grpc_close, proxy_grpc_send, proxy_grpc_stream, proxy_http_call } from "../../../assembly/env/imports";
import { RESULT, RESULT_AT, RESULT_SIZE } from "../../../assembly/env/memory";
import { Script, Step, Turns } from "./script";
import { pairs } from "./stream";

const message: Writer = new Writer(256);
/** The stream that `grpcSend` and its like are about: the last one opened. */
let stream: Stream | null = null;
let call: Call | null = null;

class Http extends HttpCall {
  private turns: Turns = new Turns();
  constructor(owner: Context | null, private script: Script, private root: RootContext) { super(owner); }

  onResponse(headers: i32, bodySize: i32, trailers: i32): void {
    this.script.run("http_call_response", "status " + this.status.toString() + " body " + bodySize.toString() + " trailers " + trailers.toString(), this.turns, this.root, this.owner);
  }

  onAbandoned(): void { this.script.run("http_call_abandoned", "", this.turns, this.root, null); }
}

class Stream extends GrpcStream {
  private turns: Turns = new Turns();
  constructor(owner: Context | null, private script: Script, private root: RootContext) { super(owner); }

  onInitialMetadata(count: i32): void { this.run("grpc_initial_metadata", ""); }
  onMessage(size: i32): void { this.run("grpc_message", bufferText(Buffer.GrpcMessage)); }
  onTrailingMetadata(count: i32): void { this.run("grpc_trailing_metadata", ""); }
  onClose(status: i32): void { this.run("grpc_close", status.toString()); }

  get number(): u32 { return this.id; }
  private run(callback: string, args: string): void { this.script.run(callback, args, this.turns, this.root, this.owner); }
}

class Call extends GrpcCall {
  private turns: Turns = new Turns();
  constructor(owner: Context | null, private script: Script, private root: RootContext) { super(owner); }

  onMessage(size: i32): void { this.script.run("grpc_message", bufferText(Buffer.GrpcMessage), this.turns, this.root, this.owner); }
  onClose(status: i32): void { this.script.run("grpc_close", status.toString(), this.turns, this.root, this.owner); }
  get number(): u32 { return this.id; }
}

function body(text: string): Writer {
  message.reset();
  message.text(text);
  return message;
}

export function callStep(step: Step): bool { return startStep(step) || grpcStep(step); }

/** The answer's owner is the stream of the callback; in a root's, the root. */
function startStep(step: Step): bool {
  const name = step.name, owner = step.stream, script = step.script;
  if (name == "httpCall") {
    const http = new Http(owner, script, step.root);
    step.status(http.send(step.text(1), pairs(step, 2), step.int(3), step.has(4) ? body(step.text(4)) : null, step.has(5) ? pairs(step, 5) : null));
  } else if (name == "grpcCall") {
    call = new Call(owner, script, step.root);
    step.status(call!.call(step.text(1), step.text(2), step.text(3), body(step.text(4)), step.int(5), pairs(step, 6)));
  } else if (name == "grpcStream") {
    stream = new Stream(owner, script, step.root);
    step.status(stream!.open(step.text(1), step.text(2), step.text(3), pairs(step, 4)));
  } else if (name == "callStatus") {
    const code = callStatus(), text = callStatusText();
    step.value(0, code.toString() + " " + text);
  } else if (name == "openCalls") step.value(0, openCalls().toString());
  else return false;
  return true;
}

function grpcStep(step: Step): bool {
  const name = step.name;
  if (name == "grpcSend") step.status(stream ? stream!.send(body(step.text(1)), step.flag(2)) : -1);
  else if (name == "grpcClose") step.status(stream ? stream!.close() : -1);
  else if (name == "grpcCancel") step.status(stream ? stream!.cancel() : -1);
  else if (name == "grpcCancelCall") step.status(call ? call!.cancel() : -1);
  else if (name == "grpcCloseCall") step.status(call ? call!.close() : -1);
  else if (name == "grpcIds") step.value(0, (call ? call!.number : 0).toString() + " " + (stream ? stream!.number : 0).toString());
  else if (name == "raw.grpc_send") step.status(proxy_grpc_send(step.int(1), 0, 0, 0));
  else if (name == "raw.grpc_close") step.status(proxy_grpc_close(step.int(1)));
  else if (name == "raw.grpc_cancel") step.status(proxy_grpc_cancel(step.int(1)));
  else if (name == "raw.grpc_stream") {
    const service = step.bytes(1), type = step.bytes(2), method = step.bytes(3);
    step.status(proxy_grpc_stream(changetype<usize>(service), service.length, changetype<usize>(type), type.length, changetype<usize>(method), method.length, 0, 0, RESULT_AT));
  } else if (name == "raw.grpc_call") {
    const service = step.bytes(1), type = step.bytes(2), method = step.bytes(3);
    step.status(proxy_grpc_call(changetype<usize>(service), service.length, changetype<usize>(type), type.length, changetype<usize>(method), method.length, 0, 0, 0, 0, 1000, RESULT_AT));
  } else if (name == "raw.http_call") {
    const cluster = step.bytes(1), headers = pairs(step, 2).encode();
    step.value(proxy_http_call(changetype<usize>(cluster), cluster.length, headers.base, headers.length, 0, 0, 0, 0, step.int(3), RESULT_AT), load<u32>(RESULT_AT).toString());
  } else if (name == "raw.get_status_outside") step.status(proxy_get_status(<usize>0xfffffff0, RESULT_AT, RESULT_SIZE));
  else return false;
  return true;
}
