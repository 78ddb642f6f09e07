import { Writer } from "../../bytes/writer";
import { nowNanoseconds } from "../../host/clock";
import { ABSENT, readSharedData, setSharedData } from "../../host/sharedData";
import { sipHash } from "./siphash";

const NAME = "meltemi.limit/seed";
const seed: Writer = new Writer(16);

/** Hash of a value, the same in all workers. */
export function hashOf(at: usize, length: i32): u64 {
  return sipHash(load<u64>(seed.base), load<u64>(seed.base, 8), at, length);
}

/** Agrees with the other workers on the key of the hash; at configure time. */
export function agreeOnSeed(): void {
  seed.reset();
  if (readSharedData(NAME, seed) && seed.length == 16) return;
  const here = nowNanoseconds();
  seed.reset();
  seed.u64(here * 0x9e3779b97f4a7c15);
  seed.u64((nowNanoseconds() ^ changetype<usize>(seed)) * 0xbf58476d1ce4e5b9);
  setSharedData(NAME, seed.base, 16, ABSENT);
  seed.reset();
  if (!readSharedData(NAME, seed) || seed.length != 16) seed.reserve(16 - seed.length);
}
