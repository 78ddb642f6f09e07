// A module that does what it is told, for the tests of the emulator. Bytes from the client are commands, separated by
// ";" (name:argument,argument); what a host call answered is logged as "name=status". See `run` for the commands.

@external("env", "proxy_log")
declare function hostLog(level: i32, at: usize, length: i32): i32;
@external("env", "proxy_get_buffer_bytes")
declare function getBuffer(type: i32, start: i32, length: i32, at: usize, size: usize): i32;
@external("env", "proxy_set_buffer_bytes")
declare function setBuffer(type: i32, start: i32, length: i32, at: usize, size: i32): i32;
@external("env", "proxy_continue_stream")
declare function continueStream(type: i32): i32;
@external("env", "proxy_close_stream")
declare function closeStream(type: i32): i32;
@external("env", "proxy_set_effective_context")
declare function select(id: i32): i32;
@external("env", "proxy_set_tick_period_milliseconds")
declare function tickPeriod(ms: i32): i32;
@external("env", "proxy_get_current_time_nanoseconds")
declare function time(at: usize): i32;
@external("env", "proxy_register_shared_queue")
declare function register(at: usize, length: i32, id: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
declare function enqueue(id: i32, at: usize, length: i32): i32;
@external("env", "proxy_dequeue_shared_queue")
declare function dequeue(id: i32, at: usize, size: usize): i32;
@external("env", "proxy_set_shared_data")
declare function setShared(kp: usize, kl: i32, vp: usize, vl: i32, cas: i32): i32;
@external("env", "proxy_get_shared_data")
declare function getShared(kp: usize, kl: i32, at: usize, size: usize, cas: usize): i32;
@external("env", "proxy_define_metric")
declare function defineMetric(type: i32, at: usize, length: i32, id: usize): i32;
@external("env", "proxy_increment_metric")
declare function increment(id: i32, by: i64): i32;
@external("env", "proxy_record_metric")
declare function record(id: i32, value: i64): i32;
@external("env", "proxy_get_metric")
declare function getMetric(id: i32, at: usize): i32;
@external("env", "proxy_get_property")
declare function getProperty(at: usize, length: i32, value: usize, size: usize): i32;
@external("env", "proxy_set_property")
declare function setProperty(at: usize, length: i32, value: usize, size: i32): i32;
@external("env", "proxy_call_foreign_function")
declare function foreign(np: usize, nl: i32, ap: usize, al: i32, rp: usize, rl: usize): i32;
@external("env", "proxy_grpc_stream")
declare function grpcStream(up: usize, ul: i32, sp: usize, sl: i32, mp: usize, ml: i32, dp: usize, dl: i32, id: usize): i32;

const cell = memory.data(16);
let pause = false, queue = 0;
let onUpstream = "", onTick = "", onDelete = "";

function utf8(text: string): ArrayBuffer { return String.UTF8.encode(text); }
function at(buffer: ArrayBuffer): usize { return changetype<usize>(buffer); }
function log(level: i32, text: string): void {
  const bytes = utf8(text);
  hostLog(level, at(bytes), bytes.byteLength);
}
function given(): string { return String.UTF8.decodeUnsafe(load<u32>(cell), load<u32>(cell, 4)); }
function answered(name: string, status: i32): void { log(2, name + "=" + status.toString()); }
function gave(name: string, status: i32): void { log(2, name + "=" + (status ? status.toString() : given())); }

function run(commands: string): void {
  const list = commands.split(";");
  for (let i = 0; i < list.length; i++) {
    const colon = list[i].indexOf(":");
    const name = colon < 0 ? list[i] : list[i].slice(0, colon);
    const rest = colon < 0 ? "" : list[i].slice(colon + 1);
    one(name, rest, rest.split(","));
  }
}

function number(args: string[], i: i32): i32 { return i < args.length ? <i32>parseInt(args[i]) : 0; }

function one(name: string, rest: string, args: string[]): void {
  if (name == "pause") pause = true;
  else if (name == "log") log(number(args, 0), args[1]);
  else if (name == "trap") unreachable();
  else if (name == "loop") one("loop", rest, args);
  else if (name == "set") {
    const value = utf8(args[3]);
    answered(name, setBuffer(number(args, 0), number(args, 1), number(args, 2), at(value), value.byteLength));
  } else if (name == "get") gave(name, getBuffer(number(args, 0), number(args, 1), number(args, 2), cell, cell + 4));
  else if (name == "continue") answered(name, continueStream(number(args, 0)));
  else if (name == "close") answered(name, closeStream(number(args, 0)));
  else if (name == "select") answered(name, select(number(args, 0)));
  else if (name == "tick") tickPeriod(number(args, 0));
  else if (name == "time") {
    time(cell);
    log(2, "time=" + (load<u64>(cell) / 1000000).toString());
  } else if (name == "upstream") onUpstream = rest.replaceAll("|", ";");
  else if (name == "ontick") onTick = rest.replaceAll("|", ";");
  else if (name == "ondelete") onDelete = rest.replaceAll("|", ";");
  else other(name, rest, args);
}

function other(name: string, rest: string, args: string[]): void {
  const text = utf8(rest), first = utf8(args[0]), second = utf8(args.length > 1 ? args[1] : "");
  if (name == "register") {
    answered(name, register(at(text), text.byteLength, cell));
    queue = load<u32>(cell);
  } else if (name == "enqueue") {
    const item = utf8(rest.replaceAll("|", ";"));
    answered(name, enqueue(queue, at(item), item.byteLength));
  } else if (name == "dequeue") gave(name, dequeue(number(args, 0), cell, cell + 4));
  else if (name == "share") answered(name, setShared(at(first), first.byteLength, at(second), second.byteLength, number(args, 2)));
  else if (name == "shared") gave(name, getShared(at(first), first.byteLength, cell, cell + 4, cell + 8));
  else if (name == "define") {
    defineMetric(number(args, 0), at(second), second.byteLength, cell);
    answered(name, load<u32>(cell));
  } else if (name == "increment") answered(name, increment(number(args, 0), number(args, 1)));
  else if (name == "record") answered(name, record(number(args, 0), number(args, 1)));
  else if (name == "metric") {
    const status = getMetric(number(args, 0), cell);
    log(2, "metric=" + (status ? "!" + status.toString() : load<u64>(cell).toString()));
  } else if (name == "property") {
    const path = utf8(rest.replaceAll(".", "\0"));
    gave(name, getProperty(at(path), path.byteLength, cell, cell + 4));
  } else if (name == "setproperty") answered(name, setProperty(at(first), first.byteLength, at(second), second.byteLength));
  else if (name == "foreign") answered(name, foreign(at(first), first.byteLength, at(second), second.byteLength, cell, cell + 4));
  else if (name == "grpc") answered(name, grpcStream(at(first), first.byteLength, at(second), second.byteLength, 0, 0, 0, 0, cell));
}

function abort(message: string | null, file: string | null, line: u32, column: u32): void { unreachable(); }
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize { return heap.alloc(size); }
export function proxy_on_context_create(id: i32, root: i32): void {}
export function proxy_on_vm_start(id: i32, size: i32): i32 { return 1; }
export function proxy_on_configure(id: i32, size: i32): i32 {
  getBuffer(7, 0, size, cell, cell + 4);
  const config = given();
  if (config == "bad") {
    log(4, "field x: found bad, allowed good");
    return 0;
  }
  if (config.length) run(config);
  return 1;
}
export function proxy_on_tick(id: i32): void { run(onTick); }
export function proxy_on_queue_ready(id: i32, ready: i32): void {
  if (dequeue(ready, cell, cell + 4) == 0) run(given());
}
export function proxy_on_new_connection(id: i32): i32 { return 0; }
export function proxy_on_downstream_data(id: i32, size: i32, end: i32): i32 {
  pause = false;
  if (size && !getBuffer(2, 0, size, cell, cell + 4)) run(given());
  return pause ? 1 : 0;
}
export function proxy_on_upstream_data(id: i32, size: i32, end: i32): i32 {
  pause = false;
  if (onUpstream.length) run(onUpstream);
  return pause ? 1 : 0;
}
export function proxy_on_upstream_connection_close(id: i32, peer: i32): void { log(1, "upstream-close=" + peer.toString()); }
export function proxy_on_downstream_connection_close(id: i32, peer: i32): void { log(1, "close=" + peer.toString()); }
export function proxy_on_done(id: i32): i32 { return 1; }
export function proxy_on_log(id: i32): void {}
export function proxy_on_delete(id: i32): void { if (onDelete.length) run(onDelete); }
export function proxy_on_grpc_receive(id: i32, token: i32, size: i32): void { gave("message", getBuffer(5, 0, size, cell, cell + 4)); }
export function proxy_on_grpc_close(id: i32, token: i32, status: i32): void { answered("grpc-close", status); }
