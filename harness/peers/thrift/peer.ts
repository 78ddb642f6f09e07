import { join } from "node:path";
import { ensureGoThrift, ensureNodeThrift, ensurePythonThrift } from "./build.ts";
import { LineProcess } from "../lines.ts";

const HERE = import.meta.dirname;

export type Transport = "framed" | "buffered" | "header";
export type Protocol = "binary" | "compact";
/** python: Apache's library. thriftpy2: clients only, neither header nor pipelines. */
export type Library = "python" | "node" | "go" | "thriftpy2";

/** How a peer talks; `buffered` is Thrift without frames. */
export interface Stack { transport: Transport; protocol: Protocol }

/** What to call each library where its bytes are kept. */
export const VERSIONS: Record<Library, string> = {
  python: "Apache Thrift 0.25.0 Python", node: "Apache Thrift 0.24.0 Node", go: "Apache Thrift 0.21.0 Go", thriftpy2: "thriftpy2 0.7.1",
};

/** What each library can do as client; every server takes `Demo:`, `Stock:` and names without a service. */
export const CLIENT_STACKS: Record<Library, Stack[]> = {
  python: stacks(["framed", "buffered", "header"]), node: stacks(["framed", "buffered", "header"]),
  go: stacks(["framed", "buffered", "header"]), thriftpy2: stacks(["framed", "buffered"]),
};

function stacks(transports: Transport[]): Stack[] {
  return transports.flatMap((transport) => (["binary", "compact"] as const).map((protocol) => ({ transport, protocol })));
}

/** Starts a program of a library, with options as `--name value`; true is a flag alone. */
export async function startPeer(library: Library, role: "client" | "server" | "frames", options: Record<string, string | number | boolean | undefined>): Promise<LineProcess> {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)]);
  const name = `thrift ${library} ${role}`;
  switch (library) {
    case "go": return new LineProcess(name, await ensureGoThrift(), [role, ...flags]);
    case "node": return new LineProcess(name, process.execPath, ["--no-deprecation", join(HERE, "node", `${role}.mjs`), "--modules", await ensureNodeThrift(), ...flags]);
    case "python": case "thriftpy2": {
      const program = library === "python" ? `${role}.py` : "py2client.py";
      return new LineProcess(name, "python3", ["-B", join(HERE, "python", program), ...flags], { PYTHONPATH: await ensurePythonThrift() });
    }
  }
}
