import type { Context } from "../context.ts";
import type { Host } from "../host.ts";

/** A function of the host's own: its result, or the status with which it fails (or has none). */
export type Foreign = (host: Host, context: Context, argument: Buffer) => Buffer | number;
