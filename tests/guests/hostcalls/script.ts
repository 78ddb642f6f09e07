import { Action, Context, Json, JsonKind, logInfo, RootContext } from "../../../assembly/sdk";
import { callStep } from "./calls";
import { streamStep } from "./stream";
import { worldStep } from "./world";

/** How often a context has had each callback. */
export class Turns {
  private counts: Map<string, i32> = new Map<string, i32>();

  next(callback: string): i32 {
    const count = (this.counts.has(callback) ? this.counts.get(callback) : 0) + 1;
    this.counts.set(callback, count);
    return count;
  }
}

/** What a step works on. */
export class Step {
  constructor(public script: Script, public root: RootContext, public stream: Context | null, private args: Json[]) {}

  get name(): string { return this.text(0); }
  has(i: i32): bool { return i < this.args.length; }
  text(i: i32): string { return this.has(i) && this.args[i].kind == JsonKind.String ? this.args[i].text : ""; }
  int(i: i32): i32 { return <i32>this.long(i); }
  long(i: i32): i64 { return this.has(i) ? this.args[i].integer : 0; }
  flag(i: i32): bool { return this.has(i) && this.args[i].bool; }
  list(i: i32): Json[] { return this.has(i) ? this.args[i].items : []; }

  /** A text in UTF-8, or bytes after `hex:`. */
  bytes(i: i32): StaticArray<u8> {
    const text = this.text(i);
    if (text.startsWith("hex:")) return unhex(text);
    const bytes = new StaticArray<u8>(String.UTF8.byteLength(text));
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, changetype<usize>(bytes));
    return bytes;
  }

  status(status: i32): void { this.script.say(this.name + "=" + status.toString()); }
  value(status: i32, value: string): void { this.script.say(this.name + "=" + status.toString() + (status == 0 ? " " + value : "")); }
}

export class Script {
  /** What the module says of its configuration; null: taken. */
  refusal: string | null = null;
  private action: Action = Action.Continue;

  constructor(private name: string, private on: Json | null) {}

  say(text: string): void { logInfo("#" + this.name + " " + text); }
  pause(): void { this.action = Action.Pause; }

  /** Says that a callback has come, does its steps, and returns what it is to return. */
  run(callback: string, args: string, turns: Turns, root: RootContext, stream: Context | null): Action {
    this.say(callback + (args.length ? " " + args : ""));
    const turn = turns.next(callback);
    this.action = Action.Continue;
    const on = this.on;
    if (on === null) return Action.Continue;
    const steps = on.has(callback + "#" + turn.toString()) ? on.get(callback + "#" + turn.toString()) : on.get(callback);
    if (steps === null) return Action.Continue;
    for (let i = 0; i < steps.items.length; i++) this.step(new Step(this, root, stream, steps.items[i].items));
    return this.action;
  }

  private step(step: Step): void {
    const name = step.name;
    if (name == "pause") this.pause();
    else if (name == "trap") unreachable();
    else if (name == "refuse") this.refusal = step.text(1);
    else if (!streamStep(step) && !callStep(step) && !worldStep(step)) this.say("no such step: " + name);
  }
}

/** Bytes so that they can be read in a line: what is not printable ASCII as \xNN. */
export function shown(at: usize, length: i32): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const byte = <i32>load<u8>(at + i);
    if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += "\\x" + (byte < 16 ? "0" : "") + byte.toString(16);
  }
  return text;
}

function unhex(text: string): StaticArray<u8> {
  const bytes = new StaticArray<u8>((text.length - 4) >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>U32.parseInt(text.substr(4 + 2 * i, 2), 16);
  return bytes;
}
