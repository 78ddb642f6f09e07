import { Inspector, type Direction, type Inspection, type InspectLine } from "../../emulator/inspector.ts";
import { Trouble } from "../../tools/progress.ts";
import type { Piece } from "../pcap/connections.ts";
import { Seen } from "./seen.ts";

export interface DecodeTask {
  codec: string;
  wasm: string;
  /** The codec's own options. */
  options: object;
  /** As with guarding filters. */
  guarded: boolean;
  /** Keys to show besides those that the codec always has. */
  keys: string[];
  pieces: Piece[];
  /** Name connections in the lines. */
  named: boolean;
}

/** Wrong usage of the command; the message is for its user. */
export class Misuse extends Trouble {}

export interface Output { line: (text: string) => void; problem: (text: string) => void }

const STEP = 1 << 16;

/** Writes a JSON line for each frame, and a readable problem for each invalid one. Returns the number of problems. */
export function decode(task: DecodeTask, output: Output): number {
  const inspector = Inspector.load(task.wasm), open = new Map<string, Inspection>(), seen = new Map<string, Seen>();
  let problems = 0;
  const tell = (connection: string, lines: InspectLine[]): void => {
    for (const line of lines) {
      output.line(JSON.stringify(task.named ? { connection, ...line } : line));
      if (line.error === undefined) continue;
      problems++;
      output.problem(problemText(line, task.named ? connection : "", seen.get(`${connection} ${line.direction}`)));
    }
  };
  for (const { connection, direction, bytes } of task.pieces) {
    const inspection = open.get(connection) ?? start(inspector, task);
    open.set(connection, inspection);
    const name = `${connection} ${direction}`, stream = seen.get(name) ?? new Seen();
    seen.set(name, stream);
    stream.add(bytes);
    for (let at = 0; at < bytes.length; at += STEP) tell(connection, inspection.feed(direction, bytes.subarray(at, at + STEP)));
  }
  for (const [connection, inspection] of open) {
    for (const direction of ["request", "response"] as const) tell(connection, inspection.finish(direction));
  }
  return problems;
}

function start(inspector: Inspector, { codec, options, guarded, keys }: DecodeTask): Inspection {
  const known = inspector.describe().codecs, traits = known.find(({ name }) => name === codec);
  if (!traits) throw new Misuse(`this module has no codec ${codec}; it has: ${known.map(({ name }) => name).join(", ")}`);
  let inspection: Inspection;
  try {
    inspection = inspector.open(codec, options, "all", guarded);
  } catch (error) {
    throw new Misuse(`--options: ${(error as Error).message}`);
  }
  const directions: Direction[] = ["request", "response"];
  for (const key of keys) {
    const supplied = directions.map(direction => inspection.want(key, direction)).some(name => name !== null);
    if (!supplied) throw new Misuse(`--key ${key}: the codec ${codec} does not have this key; it has ${[...new Set([...traits.requestKeys, ...traits.responseKeys])].join(", ")}`);
  }
  return inspection;
}

/** One line on what is wrong and where, with the bytes around it. */
function problemText(line: InspectLine, connection: string, stream: Seen | undefined): string {
  const at = line.errorAt ?? line.at, from = Math.max(line.at, at - 8);
  const around = stream?.slice(from, at + 8) ?? Buffer.alloc(0);
  const shown = around.length > 0 ? `; bytes from ${from}: ${(around.toString("hex").match(/../g) ?? []).join(" ")}` : "";
  const skipped = line.skipped ? `; this message of ${line.skipped} bytes is skipped` : "";
  const missing = line.missing ? `, at least ${line.missing} more are needed` : "";
  return `${connection}${connection && ", "}${line.direction} byte ${at} (message from byte ${line.at}): ${line.error}${missing}${skipped}${shown}`;
}
