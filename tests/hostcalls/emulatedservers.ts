/** Answers the calls that a module has made on the emulator, as the servers on Envoy's side do. */
import type { Emulator, GrpcCall, HttpCall } from "../../harness/emulator/index.ts";
import { rpc, telling, web } from "./servers.ts";

/** Calls that have had their answer, or never get one. */
const done = new WeakSet<object>();
const silent = new WeakMap<Emulator, { call: HttpCall; until: bigint }[]>();

/** True if it has done something, which may lead to more. */
export function answerCalls(emulator: Emulator, served: unknown[]): boolean {
  const http = emulator.calls.http.filter(call => !done.has(call)), grpc = emulator.calls.grpc.filter(call => !done.has(call));
  for (const call of http) {
    done.add(call);
    answerHttp(emulator, call, served);
  }
  return grpc.reduce((did, call) => answerGrpc(emulator, call, served) || did, http.length > 0);
}

function answerHttp(emulator: Emulator, call: HttpCall, served: unknown[]): void {
  const field = (name: string): string => call.headers.find(([each]) => each === name)?.[1] ?? "";
  if (call.cluster === "refused") return emulator.calls.answerHttp(call, [[":status", "503"]], "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure");
  // HTTP/1.1 has no trailers behind a body of a known length
  const request = { method: field(":method"), path: field(":path"), headers: call.headers, body: call.body.toString(), trailers: field("content-length") ? [] : call.trailers };
  served.push({ ...request, headers: telling(request.headers).filter(([name]) => !name.startsWith(":")) });
  const answer = web(request);
  if (answer) return emulator.calls.answerHttp(call, [[":status", String(answer.status)], ...answer.headers], answer.body, answer.trailers);
  const waiting = silent.get(emulator) ?? [];
  silent.set(emulator, [...waiting, { call, until: emulator.clock.now + BigInt(call.timeoutMs) * 1_000_000n }]);
}

/** Lets time go on to the next timeout of a call that nobody answers; false: there is none. */
export function expireCalls(emulator: Emulator): boolean {
  const [next, ...rest] = (silent.get(emulator) ?? []).sort((a, b) => Number(a.until - b.until));
  if (!next) return false;
  silent.set(emulator, rest);
  if (next.until > emulator.clock.now) emulator.advance(Number(next.until - emulator.clock.now) / 1e6);
  emulator.calls.answerHttp(next.call, [[":status", "504"]], "upstream request timeout");
  return true;
}

function answerGrpc(emulator: Emulator, call: GrpcCall, served: unknown[]): boolean {
  const { calls } = emulator;
  if (call.cluster === "refusedgrpc") {
    done.add(call);
    calls.closeGrpc(call, 14);
    return true;
  }
  const messages = call.sent.map(String), answer = messages.map(message => rpc(call.method, message)).find(each => each !== undefined);
  if (!answer) return false;
  done.add(call);
  served.push({ path: `/${call.service}/${call.method}`, metadata: call.metadata, messages });
  calls.metadataGrpc(call, answer.initial);
  if (!call.unary || answer.status === 0) for (const message of answer.messages) calls.receiveGrpc(call, Buffer.from(message));
  calls.closeGrpc(call, answer.status, answer.text, answer.trailers);
  return true;
}
