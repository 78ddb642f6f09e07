/**
 * Exports of every module beside the filter's, so that tools run the same codecs outside of Envoy; Envoy never calls them.
 * Bytes go in through `inspect_input`, texts and bytes come out through `inspect_result`; functions that fill it return its
 * length, or -1 - length where it holds an error. Arguments named `...Length` are lengths of parts that follow each
 * other in the input. Nothing here runs inside of the filter, so it allocates as it likes.
 */
import { parseJson } from "../../bytes/jsonParser";
import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { Direction, Verdict } from "../../codec/enums";
import { Failure, Reason } from "../../codec/failure";
import { Change } from "../../codec/mutation";
import { createCodec } from "../../codec/registry";
import { describe } from "./describe";
import { Inspection } from "./inspection";
import { Lines } from "./lines";

const input = new Writer(4096);
const result = new Writer(4096);
const inspections: (Inspection | null)[] = [];
let calls = 0;

/** Makes room for n bytes of input and returns its address, valid until the next call. */
export function inspect_input(n: i32): usize {
  if ((++calls & 255) == 0) __collect();
  input.reset();
  return input.reserve(n);
}

/** Address of the last result. */
export function inspect_result(): usize { return result.base; }

/** Traits of all codecs as JSON. */
export function inspect_describe(): i32 {
  result.reset();
  describe(result);
  return result.length;
}

/**
 * Opens an inspection with a codec and its options in JSON (empty: none), as with guarding filters, or not. Its handle, or
 * -1 - length of an error.
 */
export function inspect_open(nameLength: i32, optionsLength: i32, guarded: bool): i32 {
  const name = part(0, nameLength), codec = createCodec(name);
  if (codec === null) return failed("this module has no codec " + name);
  const options = parseJson(optionsLength ? part(nameLength, optionsLength) : "{}"), problems = new Problems();
  const value = options.value;
  if (value === null) return failed(options.error);
  codec.protocol = name;
  codec.guarded = guarded;
  if (problems.isObject(value)) codec.configure(value, problems);
  if (!problems.ok) return failed(problems.error);
  return inspections.push(new Inspection(codec)) - 1;
}

export function inspect_close(handle: i32): void {
  at(handle).client.free();
  at(handle).lane.free();
  inspections[handle] = null;
}

/** Asks for a key of one direction; the result is the name under which lines show it. -1: the codec never supplies it. */
export function inspect_want(handle: i32, direction: i32, nameLength: i32): i32 {
  const inspection = at(handle), slot = inspection.want(part(0, nameLength), <Direction>direction);
  result.reset();
  if (slot >= 0) result.text(inspection.codec.names[direction][slot]);
  return length(slot >= 0);
}

/** Feeds bytes of one direction; the result holds a line of JSON for each frame found. */
export function inspect_feed(handle: i32, direction: i32, length: i32): i32 {
  const inspection = at(handle);
  result.reset();
  inspection.side(<Direction>direction).feed(input.base, length, new Lines(result, inspection));
  return result.length;
}

/** The stream of one direction ends; the result holds a line if that is in the middle of a frame. */
export function inspect_finish(handle: i32, direction: i32): i32 {
  const inspection = at(handle);
  result.reset();
  inspection.side(<Direction>direction).finish(new Lines(result, inspection));
  return result.length;
}

/** Adds a change (0 set, 1 append, 2 remove) for all later frames of one direction. 0, or -1 - length of an error. */
export function inspect_mutate(handle: i32, direction: i32, change: i32, nameLength: i32, valueLength: i32): i32 {
  const wrong = at(handle).mutate(<Direction>direction, <Change>change, part(0, nameLength), part(nameLength, valueLength));
  return wrong === null ? 0 : failed(wrong);
}

/** Forgets the changes of one direction. */
export function inspect_clear(handle: i32, direction: i32): void { at(handle).side(<Direction>direction).mutation.clear(); }

/** Takes the bytes that have gone on in one direction since the last time. */
export function inspect_output(handle: i32, direction: i32): i32 {
  const output = at(handle).side(<Direction>direction).output;
  result.reset();
  result.bytes(output.base, output.length);
  output.reset();
  return result.length;
}

/** How often the codec was called for one direction. */
export function inspect_calls(handle: i32, direction: i32): i32 { return at(handle).side(<Direction>direction).calls; }

/** How many bytes it was shown in these calls together. */
export function inspect_offered(handle: i32, direction: i32): f64 { return at(handle).side(<Direction>direction).offered; }

/** The protocol's error for the last request, or for the connection. -1: there is none, the connection closes. */
export function inspect_reply(handle: i32, reason: i32, code: i32, connection: bool, textLength: i32): i32 {
  const inspection = at(handle), failure = new Failure(<Reason>reason, part(0, textLength), code);
  result.reset();
  return length(inspection.codec.reply(inspection.client.wire, connection ? null : inspection.lastRequest, failure, result));
}

/** What tells the server that the last request was given up; -1: nothing does. */
export function inspect_cancel(handle: i32): i32 {
  const inspection = at(handle);
  result.reset();
  return length(inspection.codec.cancel(inspection.lane.wire, inspection.lastRequest, result));
}

/** The harmless request in place of the last one; -1: the protocol has none. */
export function inspect_carrier(handle: i32): i32 {
  const inspection = at(handle);
  result.reset();
  return length(inspection.codec.carrier(inspection.lane.wire, inspection.lastRequest, result));
}

/** A heartbeat for a silent lane; -1: the protocol needs none. */
export function inspect_beat(handle: i32): i32 {
  const inspection = at(handle);
  result.reset();
  return length(inspection.codec.beat(inspection.lane.wire, result));
}

/** First words on a new lane; -1: it needs no handshake. What follows is in the lines of `inspect_feed`, as "greet". */
export function inspect_greet(handle: i32): i32 {
  result.reset();
  return length(at(handle).greet(result) == Verdict.Need);
}

function at(handle: i32): Inspection { return inspections[handle]!; }
function part(from: i32, length: i32): string { return String.UTF8.decodeUnsafe(input.base + from, length); }
function length(there: bool): i32 { return there ? result.length : -1; }

function failed(why: string): i32 {
  result.reset();
  result.text(why);
  return -1 - result.length;
}
