/** What the tests of inline services share. */
import { once } from "node:events";
import { connect } from "node:net";
import { type MeshOptions, serviceEntry } from "./mesh.ts";

/** A service whose clients each have one connection to a server, through tcp_proxy. */
export function inlineEntry(host: string, portName: string, endpoints: [number, Record<string, string>?][], annotations: Record<string, string> = {}): string {
  return serviceEntry(host, portName, endpoints, { "meltemi.io/upstream": "inline", ...annotations });
}

/** Sends bytes and ends its side at once, or a while later; all that came until the other side ended. */
export async function halfClose(port: number, bytes: Buffer | string, { apart = false } = {}): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }), got: Buffer[] = [];
  socket.on("error", () => socket.destroy()).on("data", (piece: Buffer) => got.push(piece));
  await once(socket, "connect");
  if (apart) {
    await new Promise((resolve) => socket.write(bytes, resolve));
    await new Promise(setImmediate);
    socket.end();
  } else {
    socket.end(bytes);
  }
  await once(socket, "close");
  return Buffer.concat(got);
}

type Configuration = Record<string, unknown>;

/**
 * Makes of an inline service what Istio's WasmPlugin makes of a sidecar's listener: the filter, without routes or a cluster of its own, in
 * front of a tcp_proxy that knows nothing of it and connects at once. `plugin`: further changes, of all services.
 */
export function ordinary(host: string, plugin: (configuration: Configuration) => Configuration = (same) => same): Required<Pick<MeshOptions, "plugin" | "bootstrap">> {
  return {
    plugin: (configuration) => plugin(configuration.service === host ? { ...configuration, defaultCluster: undefined } : configuration),
    bootstrap: (bootstrap) => {
      let found = 0;
      const changed = JSON.parse(JSON.stringify(bootstrap), (_, value: Configuration | null) => {
        if (typeof value?.stat_prefix !== "string" || !value.stat_prefix.includes(host)) return value;
        found++;
        return { ...value, upstream_connect_mode: undefined, max_early_data_bytes: undefined };
      }) as Configuration;
      if (found !== 1) throw new Error(`${found} listeners of ${host}`);
      return changed;
    },
  };
}
