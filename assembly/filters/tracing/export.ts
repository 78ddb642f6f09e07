import { writeDecimal } from "../../bytes/decimal";
import { WireType, writeTag, writeVarint } from "../../bytes/protobuf";
import { cutUtf8, utf8Bytes } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { Outcome } from "../../codec/enums";
import { Exchange } from "../../proxy/exchange/exchange";
import { reasonName } from "../../codec/failure";
import { endedAs } from "../ending";
import { writeFixed64, writeHead, writeIntAttribute, writeTextAttribute, writeTextField } from "../otlp/proto";
import { OpenSpan } from "./span";

/** Fields of a Span. */
const TRACE_ID = 1, SPAN_ID = 2, TRACE_STATE = 3, PARENT = 4, NAME = 5, KIND = 6, START = 7, END = 8, ATTRIBUTES = 9, STATUS = 15;
const STATUS_MESSAGE = 2, STATUS_CODE = 3, ERROR = 2;
/** Span kinds. */
export const SERVER: i32 = 2, CLIENT: i32 = 3;

const ERROR_TYPE = utf8Bytes("error.type"), SERVER_ADDRESS = utf8Bytes("server.address"), SERVER_PORT = utf8Bytes("server.port");
const CLUSTER = utf8Bytes("meltemi.cluster"), ROUTE = utf8Bytes("meltemi.route"), ATTEMPTS = utf8Bytes("meltemi.attempts");
const text: Writer = new Writer(256);
const scratch: Writer = new Writer(64);

/** Writes one of the two Spans of a request, which ends now. `statusName`: the convention's attribute for how it went. */
export function writeSpan(x: Exchange, span: OpenSpan, kind: i32, now: u64, statusName: StaticArray<u8>, out: Writer): void {
  const ofServer = kind == SERVER;
  writeHead(out, TRACE_ID, 16);
  out.u64(span.high);
  out.u64(span.low);
  writeHead(out, SPAN_ID, 8);
  out.u64(ofServer ? span.server : span.client);
  if (span.state.length) writeTextField(out, TRACE_STATE, span.state.base, span.state.length);
  const parent = ofServer ? span.parent : span.server;
  if (parent) {
    writeHead(out, PARENT, 8);
    out.u64(parent);
  }
  writeTextField(out, NAME, span.name.base, span.name.length);
  writeTag(out, KIND, WireType.Varint);
  writeVarint(out, kind);
  const start = ofServer ? x.startedAt : span.sentAt;
  writeFixed64(out, START, start);
  writeFixed64(out, END, max(now, start));
  out.bytes(span.attributes.base, span.attributes.length);
  writeEnd(x, span, ofServer, statusName, out);
}

function writeEnd(x: Exchange, span: OpenSpan, ofServer: bool, statusName: StaticArray<u8>, out: Writer): void {
  const failure = x.failure, outcome = endedAs(x), lane = x.lane, route = x.route;
  if (!failure) {
    if (span.status.length == 0) numberText(x.code);
    const status = span.status.length ? span.status : scratch;
    writeTextAttribute(out, ATTRIBUTES, statusName, status.base, status.length);
    if (outcome != Outcome.Ok) writeTextAttribute(out, ATTRIBUTES, ERROR_TYPE, status.base, status.length);
  } else {
    writeString(out, ERROR_TYPE, reasonName(failure.reason));
  }
  if (ofServer && route) writeString(out, ROUTE, route.name);
  if (!ofServer && lane) {
    writeString(out, CLUSTER, lane.cluster.name);
    writeAddress(out, lane.endpoint.address);
    if (x.attempts > 1) writeIntAttribute(out, ATTRIBUTES, ATTEMPTS, x.attempts);
  }
  // What the caller did wrong is no error of the server's.
  if (outcome == Outcome.Server || (outcome == Outcome.Caller && !ofServer)) writeStatus(out, failure ? failure.text : "");
}

function writeStatus(out: Writer, message: string): void {
  text.reset();
  if (message.length) {
    scratch.reset();
    scratch.text(message);
    writeTextField(text, STATUS_MESSAGE, scratch.base, scratch.length);
  }
  writeTag(text, STATUS_CODE, WireType.Varint);
  writeVarint(text, ERROR);
  writeHead(out, STATUS, text.length);
  out.bytes(text.base, text.length);
}

function writeString(out: Writer, name: StaticArray<u8>, value: string): void {
  scratch.reset();
  scratch.text(value);
  writeTextAttribute(out, ATTRIBUTES, name, scratch.base, scratch.length);
}

/** `1.2.3.4:80` as two attributes; nothing if it is not known. */
function writeAddress(out: Writer, address: string): void {
  scratch.reset();
  scratch.text(address);
  let colon = scratch.length - 1, port = 0, place = 1;
  for (; colon > 0 && load<u8>(scratch.base + colon) != 0x3a; colon--) {
    port += (<i32>load<u8>(scratch.base + colon) - 0x30) * place;
    place *= 10;
  }
  if (colon <= 0) return;
  writeTextAttribute(out, ATTRIBUTES, SERVER_ADDRESS, scratch.base, colon);
  writeIntAttribute(out, ATTRIBUTES, SERVER_PORT, port);
}

function numberText(value: i32): void {
  scratch.reset();
  if (value < 0) scratch.u8(0x2d);
  writeDecimal(scratch, <u64>abs(<i64>value));
}

/** Appends at most so many bytes of a text, whole characters. */
export function appendCut(out: Writer, at: usize, length: i32, most: i32): void {
  out.bytes(at, cutUtf8(at, length, max(0, most - out.length)));
}
