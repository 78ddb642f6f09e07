import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { randomBelow } from "./random";

/** All requests, in the unit of shares: millionths, 0.0001 %. */
export const WHOLE: i32 = 1_000_000;

/** Reads a share of requests; absent: all. Configure time. */
export function readFraction(owner: Json, name: string, problems: Problems): i32 { return <i32>problems.int(owner, name, WHOLE, 0, WHOLE); }

/** True for that share of all calls. */
export function hits(share: i32): bool { return share > 0 && <i32>randomBelow(WHOLE) < share; }
