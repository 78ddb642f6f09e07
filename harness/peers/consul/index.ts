/** A real Consul agent 1.14.11. */
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn } from "../../tools/process.ts";
import { until } from "../../tools/wait.ts";
import { ensureGo } from "../install.ts";
import { startRestartable, type Restartable } from "../restartable.ts";

const READY_MS = 60_000;

export const ensureConsul = (): Promise<string> => ensureGo("consul", join(import.meta.dirname, "go"));

/** One that is a server too and stands alone; `settings` as in Consul's configuration files. It keeps what it is told in its folder. */
export async function startConsul(settings: object = {}): Promise<Restartable> {
  const [program, http, server, gossip] = await Promise.all([ensureConsul(), freePort(), freePort(), freePort()]);
  const configuration = {
    bind_addr: "127.0.0.1", client_addr: "127.0.0.1", bootstrap: true, server: true, log_level: "error", disable_update_check: true, leave_on_terminate: false,
    // quick elections
    performance: { raft_multiplier: 1 },
    ports: { http, server, serf_lan: gossip, serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 }, ...settings,
  };
  return startRestartable("consul", http,
    (folder) => spawn(program, ["-data-dir", join(folder, "data"), "-hcl", JSON.stringify(configuration)], { name: "consul" }),
    (child) => until("Consul has a leader", READY_MS, async () => {
      if (child.exit()) throw new Error(child.tail());
      return (await (await fetch(`http://127.0.0.1:${http}/v1/status/leader`)).text()).includes(":");
    }));
}
