import { readDuration } from "./duration.ts";
import type { Field } from "./field.ts";
import type { Located } from "./problem.ts";
import { readShare } from "./share.ts";

/** What happens to a share of the requests of a rule; shares in millionths. */
export interface Fault {
  delay?: { ms: number; share: number };
  /** `code`: a word of the protocol's own; `text`: what people read. */
  abort?: { code: Located<string>; text?: string; share: number };
}

const MAX_DELAY_MS = 3_600_000;
const HTTP_ONLY = "is for HTTP: set code to an error code of the protocol, or grpcStatus if a schema forbids Meltemi's own fields";

/** `fault` of a VirtualService; `abort.code` and `abort.text` are ours. */
export function readFault(field: Field): Fault | undefined {
  if (field.missing) return undefined;
  const fault = field.record();
  const [delay, abort] = [readDelay(fault.field("delay")), readAbort(fault.field("abort"))];
  if (field.isRecord && fault.field("delay").missing && fault.field("abort").missing) field.error("must have a delay, an abort, or both");
  fault.end();
  return { ...(delay ? { delay } : {}), ...(abort ? { abort } : {}) };
}

function readDelay(field: Field): Fault["delay"] {
  if (field.missing) return undefined;
  const delay = field.record();
  const ms = readDuration(delay.required("fixedDelay"));
  if (ms !== undefined && ms > MAX_DELAY_MS) delay.field("fixedDelay").error("must be at most 1h");
  const share = readShare(delay, ["percent"]);
  delay.unsupported("exponentialDelay");
  delay.end();
  return ms === undefined ? undefined : { ms, share };
}

function readAbort(field: Field): Fault["abort"] {
  if (field.missing) return undefined;
  const abort = field.record();
  for (const name of ["httpStatus", "http2Error"]) if (!abort.field(name).missing) abort.field(name).error(HTTP_ONLY);
  const [own, grpc] = [abort.field("code"), abort.field("grpcStatus")];
  if (!own.missing && !grpc.missing) grpc.error("is another name of code: remove one of them");
  if (field.isRecord && ["code", "grpcStatus", "httpStatus", "http2Error"].every((name) => abort.field(name).missing)) own.error("is required");
  const code = (own.missing ? grpc : own).located();
  const text = abort.field("text").string();
  const share = readShare(abort, ["percent"]);
  abort.end();
  return code && { share, code, ...(text === undefined ? {} : { text }) };
}
