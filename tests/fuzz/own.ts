/** What a codec may write to a server by itself: signs of life and answers to the server's, and the carriers that take the place of what the filter answers (inline). */
import { Inspector } from "../../harness/emulator/inspector.ts";

const TEXTS: Record<string, RegExp> = { toy: /call \d+ 0 carrier=1\n|p[io]ng \d+ 0(?: refused=\d+)?\n/y, redis: /\*1\r\n\$(?:4\r\nPING|7\r\nDISCARD)\r\n/y };
/** A heartbeat, one byte, null (Dubbo protocol, "Heartbeat"). */
const HEARTBEAT = /^dabbe200.{16}000000014e/, HEADER = 16;
/** What the answer to a server's event begins with; behind that it is the event itself, whose null may be in whichever serialization. */
const ANSWER = /^dabb[23].14/, ID = 4;

/** A service of a client's, which a carrier must go to as well. */
const PLAIN = /^[\w.]{0,128}$/;

/** The bytes that are not the codec's own, from the first on; empty: all are. `said`: what the server has said. */
export function foreign(codec: string, bytes: Buffer, said: Buffer, wasm: Uint8Array): Buffer {
  const text = TEXTS[codec];
  if (text) return behind(bytes, text);
  if (codec === "dubbo") {
    let rest = bytes;
    while (rest.length >= HEADER) {
      const head = rest.toString("hex", 0, HEADER + 1), size = HEADER + rest.readUInt32BE(HEADER - 4);
      if (!HEARTBEAT.test(head) && !(ANSWER.test(head) && rest.length >= size && said.includes(rest.subarray(ID, size)))) break;
      rest = rest.subarray(size);
    }
    return rest;
  }
  return codec === "thrift" ? behindCarriers(bytes, wasm) : bytes;
}

function behind(bytes: Buffer, own: RegExp): Buffer {
  const text = bytes.toString("latin1");
  let at = 0;
  for (own.lastIndex = 0; own.test(text);) at = own.lastIndex;
  return bytes.subarray(at);
}

function behindCarriers(bytes: Buffer, wasm: Uint8Array): Buffer {
  if (bytes.length === 0) return bytes;
  const inspection = Inspector.load(wasm).open("thrift");
  const method = inspection.want("method", "request") ?? "method", service = inspection.want("service", "request") ?? "service";
  const wrong = inspection.feed("request", bytes).find((line) => line.error !== undefined || (line.kind !== undefined && (line.metadata?.[method] !== "meltemi_carrier" || !PLAIN.test(String(line.metadata[service] ?? "")))));
  inspection.close();
  return wrong === undefined ? Buffer.alloc(0) : bytes.subarray(wrong.at);
}
