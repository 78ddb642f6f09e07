import { proxy_call_foreign_function } from "../env/imports";
import { Status } from "../env/enums";
import { RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";

const FUNCTION: string = "set_envoy_filter_state";

/**
 * Sets a value of the connection's filter state, for the life of its filter chain; allocates. Only keys that Envoy has
 * an object factory for (well_known_filter_state in its documentation): otherwise NotFound.
 */
export function setFilterState(key: string, value: string): Status {
  const name = String.UTF8.encode(FUNCTION), message = new Writer();
  // envoy.source.extensions.common.wasm.SetEnvoyFilterStateArguments: path = 1, value = 2, span = 3 (0: filter chain).
  field(message, 1, key);
  field(message, 2, value);
  const status = proxy_call_foreign_function(changetype<usize>(name), name.byteLength, message.base, message.length, RESULT_AT, RESULT_SIZE);
  message.free();
  return status;
}

function field(message: Writer, number: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  message.u8(number << 3 | 2);
  let length = bytes.byteLength;
  for (; length > 0x7f; length >>= 7) message.u8(length & 0x7f | 0x80);
  message.u8(length);
  message.bytes(changetype<usize>(bytes), bytes.byteLength);
}
