/** A real etcd 3.6 with one member. */
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn } from "../../tools/process.ts";
import { ensureGo } from "../install.ts";
import { startRestartable, type Restartable } from "../restartable.ts";

const READY_MS = 60_000;

export const ensureEtcd = (): Promise<string> => ensureGo("etcd", join(import.meta.dirname, "go"));

export async function startEtcd(): Promise<Restartable> {
  const [program, port, peers] = await Promise.all([ensureEtcd(), freePort(), freePort()]);
  return startRestartable("etcd", port,
    (folder) => spawn(program, [join(folder, "data"), String(port), String(peers)], { name: "etcd" }),
    (child) => child.waitFor(/^ready$/m, READY_MS));
}
