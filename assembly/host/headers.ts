/**
 * Header maps: of the request and response that a callback is about, of an answer to a call. Names are lower case; pseudo
 * headers are `:method`, `:path`, `:authority`, `:scheme`, `:status`. Outside of the callbacks of its stream a map is
 * BadArgument. Envoy quirks: a map is there in its own callback only, and after Action.Pause until `continueRequest`, which
 * takes those of the request away at once; in `onLog` all but request trailers can be read and none can be changed;
 * METADATA frames have no map.
 */
import {
  proxy_add_header_map_value, proxy_get_header_map_pairs, proxy_get_header_map_size, proxy_get_header_map_value,
  proxy_remove_header_map_value, proxy_replace_header_map_value, proxy_set_header_map_pairs,
} from "../env/imports";
import { MapType, Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { PairReader, PairWriter } from "../bytes/pairs";
import { Writer } from "../bytes/writer";
import { argument, argument2, given, givenText } from "./text";

/** Pairs of a map as `readHeaders` reads them: one host call, no copies of its own. Reuse it. */
@final
export class HeaderMap {
  readonly pairs: PairReader = new PairReader();
  private bytes: Writer = new Writer(1024);

  /** Reads a whole map; valid until it is read again. Envoy quirk: a map that is not there is an empty one, and true. */
  read(map: MapType): bool {
    const bytes = this.bytes;
    bytes.reset();
    landIn(bytes);
    const good = answered(proxy_get_header_map_pairs(map, RESULT_AT, RESULT_SIZE));
    liftOff();
    return this.pairs.reset(bytes.base, good ? bytes.length : 0) && good;
  }
}

/**
 * Size of a map; 0 if there is none. Envoy quirk: it is the bytes of all names and values, without those of the encoding, and
 * BadArgument for answers to calls.
 */
export function headerMapSize(map: MapType): i32 {
  return answered(proxy_get_header_map_size(map, RESULT_AT)) ? load<u32>(RESULT_AT) : 0;
}

/**
 * Replaces all pairs. Envoy quirk: a request must have its pseudo headers and `x-forwarded-proto` again, or it finds no route
 * (404).
 */
export function setHeaders(map: MapType, pairs: PairWriter): Status {
  const bytes = pairs.encode();
  return <Status>proxy_set_header_map_pairs(map, bytes.base, bytes.length);
}

/**
 * Appends the value of a header to a writer; false if it is not there. Envoy quirk: it is
 * the first value, however many there are, except of headers that it keeps once, such as `cache-control`, `accept`,
 * `x-forwarded-for` or pseudo headers: their values are joined with a comma. `HeaderMap` shows all.
 */
export function readHeader(map: MapType, name: string, into: Writer): bool {
  const key = argument(name), before = into.length;
  landIn(into);
  const good = answered(proxy_get_header_map_value(map, key.base, key.length, RESULT_AT, RESULT_SIZE));
  liftOff();
  if (!good) into.length = before;
  return good;
}

/** The value of a header, null if it is not there; allocates. */
export function header(map: MapType, name: string): string | null {
  given.reset();
  return readHeader(map, name, given) ? givenText() : null;
}

/**
 * Adds a value beside those that are there. Envoy quirks: headers that it keeps once get it behind a comma, `:path` too; added to
 * trailers in the last `onRequestBody` or `onResponseBody` it makes them where there were none.
 */
export function addHeader(map: MapType, name: string, value: string): Status {
  const key = argument(name), bytes = argument2(value);
  return <Status>proxy_add_header_map_value(map, key.base, key.length, bytes.base, bytes.length);
}

/** Sets the only value of a header, which moves to the end of the map. Envoy chooses the route anew after each change of a request. */
export function setHeader(map: MapType, name: string, value: string): Status {
  const key = argument(name), bytes = argument2(value);
  return <Status>proxy_replace_header_map_value(map, key.base, key.length, bytes.base, bytes.length);
}

/** As `setHeader`, of bytes. */
export function setHeaderBytes(map: MapType, name: string, at: usize, length: i32): Status {
  const key = argument(name);
  return <Status>proxy_replace_header_map_value(map, key.base, key.length, at, length);
}

/** Removes all values of a header; Ok too if there was none. */
export function removeHeader(map: MapType, name: string): Status {
  const key = argument(name);
  return <Status>proxy_remove_header_map_value(map, key.base, key.length);
}
