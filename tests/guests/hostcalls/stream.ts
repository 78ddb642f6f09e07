// Steps on buffers, header maps and streams.
import {
  addHeader, appendBuffer, Buffer, bufferSize, closeDownstream, continueRequest, continueResponse, drainDownstream, header, HeaderMap,
  headerMapSize, lastStatus, MapType, NetworkContext, PairWriter, prependBuffer, readBuffer, readRange, removeHeader, replaceBuffer,
  replacePrefix, resetHttpStream, sendLocalResponse, selectContext, setHeader, setHeaderBytes, setHeaders, Writer,
} from "../../../assembly/sdk";
import {
  proxy_close_stream, proxy_continue_stream, proxy_get_buffer_bytes, proxy_get_buffer_status, proxy_get_header_map_value,
  proxy_set_buffer_bytes,
} from "../../../assembly/env/imports";
import { RESULT_AT, RESULT_SIZE } from "../../../assembly/env/memory";
import { shown, Step } from "./script";

const bytes: Writer = new Writer(1024);
const map: HeaderMap = new HeaderMap();
/** A context that a step of one stream remembered for another. */
let remembered: u32 = 0;

/** Pairs of an argument that is a list of lists. */
export function pairs(step: Step, i: i32): PairWriter {
  const writer = new PairWriter(), list = step.list(i);
  for (let n = 0; n < list.length; n++) writer.add(list[n].items[0].text, list[n].items[1].text);
  return writer;
}

export function streamStep(step: Step): bool { return bufferStep(step) || headerStep(step) || controlStep(step); }

function bufferStep(step: Step): bool {
  const name = step.name, type = <Buffer>step.int(1);
  bytes.reset();
  if (name == "readBuffer") {
    readBuffer(type, bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else if (name == "readRange") {
    readRange(type, step.int(2), step.int(3), bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else if (name == "bufferSize") {
    const size = bufferSize(type);
    step.value(lastStatus(), size.toString());
  } else if (name == "replaceBuffer") {
    const value = step.bytes(2);
    step.status(replaceBuffer(type, changetype<usize>(value), value.length));
  } else if (name == "appendBuffer") {
    const value = step.bytes(2);
    step.status(appendBuffer(type, changetype<usize>(value), value.length));
  } else if (name == "prependBuffer") {
    const value = step.bytes(2);
    step.status(prependBuffer(type, changetype<usize>(value), value.length));
  } else if (name == "replacePrefix") {
    const value = step.bytes(3);
    step.status(replacePrefix(type, step.int(2), changetype<usize>(value), value.length));
  } else if (name == "raw.set_buffer_bytes") {
    const value = step.bytes(4);
    step.status(proxy_set_buffer_bytes(step.int(1), step.int(2), step.int(3), changetype<usize>(value), value.length));
  } else if (name == "raw.get_buffer_bytes") step.status(proxy_get_buffer_bytes(step.int(1), step.int(2), step.int(3), RESULT_AT, RESULT_SIZE));
  else if (name == "raw.get_buffer_status") step.status(proxy_get_buffer_status(step.int(1), RESULT_AT, RESULT_SIZE));
  else if (name == "raw.set_buffer_outside") step.status(proxy_set_buffer_bytes(step.int(1), 0, 0, <usize>0xfffffff0, 100));
  else if (name == "raw.get_buffer_outside") step.status(proxy_get_buffer_bytes(step.int(1), 0, 100, <usize>0xfffffff0, <usize>0xfffffff0));
  else return false;
  return true;
}

function headerStep(step: Step): bool {
  const name = step.name, type = <MapType>step.int(1);
  if (name == "header") {
    const value = header(type, step.text(2));
    step.value(lastStatus(), value === null ? "" : value);
  } else if (name == "headers") {
    const good = map.read(type), status = lastStatus();
    let text = good ? "" : "no map";
    while (map.pairs.next()) text += map.pairs.name() + ": " + map.pairs.value() + "; ";
    step.value(status, text);
  } else if (name == "headerMapSize") {
    const size = headerMapSize(type);
    step.value(lastStatus(), size.toString());
  } else if (name == "addHeader") step.status(addHeader(type, step.text(2), step.text(3)));
  else if (name == "setHeader") step.status(setHeader(type, step.text(2), step.text(3)));
  else if (name == "setHeaderBytes") {
    const value = step.bytes(3);
    step.status(setHeaderBytes(type, step.text(2), changetype<usize>(value), value.length));
  } else if (name == "removeHeader") step.status(removeHeader(type, step.text(2)));
  else if (name == "setHeaders") step.status(setHeaders(type, pairs(step, 2)));
  else if (name == "raw.header_outside") step.status(proxy_get_header_map_value(step.int(1), <usize>0xfffffff0, 100, RESULT_AT, RESULT_SIZE));
  else return false;
  return true;
}

function controlStep(step: Step): bool {
  const name = step.name, stream = step.stream;
  if (name == "continueRequest") step.status(continueRequest());
  else if (name == "continueResponse") step.status(continueResponse());
  else if (name == "resetHttpStream") step.status(resetHttpStream());
  else if (name == "closeDownstream") closeDownstream();
  else if (name == "drainDownstream") drainDownstream();
  else if (name == "raw.continue_stream") step.status(proxy_continue_stream(step.int(1)));
  else if (name == "raw.close_stream") step.status(proxy_close_stream(step.int(1)));
  else if (name == "sendLocalResponse") step.status(sendLocalResponse(step.int(1), step.text(2), pairs(step, 3), step.text(4), step.has(5) ? step.int(5) : -1));
  else if (name == "remember") remembered = stream ? stream.id : 0;
  else if (name == "selectRemembered") step.status(selectContext(remembered) ? 0 : 2);
  else if (name == "select") step.status(selectContext(step.int(1)) ? 0 : 2);
  else if (name == "selectRoot") step.status(step.root.id && selectContext(step.root.id) ? 0 : 2);
  else if (stream instanceof NetworkContext) return connectionStep(step, stream as NetworkContext);
  else return false;
  return true;
}

function connectionStep(step: Step, connection: NetworkContext): bool {
  if (step.name == "push") {
    const value = step.bytes(1);
    step.status(connection.push(changetype<usize>(value), value.length) ? 0 : 1);
  } else if (step.name == "resume") step.status(connection.resume() ? 0 : 1);
  else if (step.name == "wake") connection.wake();
  else return false;
  return true;
}
