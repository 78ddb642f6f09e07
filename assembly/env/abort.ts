import { proxy_log } from "./imports";

/** Takes the place of AssemblyScript's own abort: says where on the log, then ends the VM. A programmer's mistake only. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const text = "abort: " + (message ? message : "") + " at " + (file ? file : "?") + ":" + line.toString() + ":" + column.toString();
  const bytes = String.UTF8.encode(text);
  proxy_log(5, changetype<usize>(bytes), bytes.byteLength);
  unreachable();
}
