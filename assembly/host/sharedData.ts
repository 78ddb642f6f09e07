/** Values that all VMs of a `vm_id` share, on all threads; they live as long as the process. */
import { proxy_get_shared_data, proxy_set_shared_data } from "../env/imports";
import { Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";
import { argument } from "./text";

/** For `setSharedData`: whatever the value was. */
export const ANY_VERSION: u32 = 0;
/** For `setSharedData`: the value must not be there yet. Envoy counts versions from 1, and has not got so far. */
export const ABSENT: u32 = u32.MAX_VALUE;

const TRIES: i32 = 1000;
const number: Writer = new Writer(8);

/** Version of the value that `readSharedData` read last. */
let version: u32 = 0;
export function sharedDataVersion(): u32 { return version; }

/** Appends a value to a writer; false if there is none. `sharedDataVersion` then is what `setSharedData` compares. */
export function readSharedData(key: string, into: Writer): bool {
  const name = argument(key), before = into.length;
  landIn(into);
  const good = answered(proxy_get_shared_data(name.base, name.length, RESULT_AT, RESULT_SIZE, RESULT));
  liftOff();
  version = good ? load<u32>(RESULT) : 0;
  if (!good) into.length = before;
  return good;
}

/**
 * Sets a value if its version is still the given one: otherwise CasMismatch, read again and retry.
 * Envoy quirk: a key that is not there takes any version.
 */
export function setSharedData(key: string, at: usize, length: i32, expected: u32 = ANY_VERSION): Status {
  const name = argument(key);
  return <Status>proxy_set_shared_data(name.base, name.length, at, length, expected);
}

/** A number from 1 on that no other VM of this `vm_id` gets under this key; 0 if none can be had. */
export function takeNumber(key: string): u64 {
  for (let i = 0; i < TRIES; i++) {
    number.reset();
    const known = readSharedData(key, number) && number.length == 8;
    const taken = known ? load<u64>(number.base) + 1 : 1, expected = known ? version : ABSENT;
    number.reset();
    number.u64le(taken);
    const status = setSharedData(key, number.base, 8, expected);
    if (status == Status.Ok) return taken;
    if (status != Status.CasMismatch) return 0;
  }
  return 0;
}
