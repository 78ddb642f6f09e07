/** What a codec may write to a server by itself: signs of life and answers to the server's, and the carriers that take the place of what the filter answers (inline). */
import { Inspector } from "../../harness/emulator/inspector.ts";

const TEXTS: Record<string, RegExp> = { toy: /call \d+ 0 carrier=1\n|p[io]ng \d+ 0(?: refused=\d+)?\n/y, redis: /\*1\r\n\$(?:4\r\nPING|7\r\nDISCARD)\r\n/y };
/** A heartbeat, one byte, null; and the answer to a server's, with its null in whichever serialization (Dubbo protocol, "Heartbeat"). */
const HEARTBEAT = /^dabb(?:e200.{16}000000014e|[23].14.{16}0000000.)/, HEADER = 16;

/** A service of a client's, which a carrier must go to as well. */
const PLAIN = /^[\w.]{0,128}$/;

/** The bytes that are not the codec's own, from the first on; empty: all are. */
export function foreign(codec: string, bytes: Buffer, wasm: Uint8Array): Buffer {
  const text = TEXTS[codec];
  if (text) return behind(bytes, text);
  if (codec === "dubbo") {
    let at = 0;
    while (HEARTBEAT.test(bytes.subarray(at, at + HEADER + 1).toString("hex"))) at += HEADER + bytes.readUInt32BE(at + HEADER - 4);
    return bytes.subarray(at);
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
