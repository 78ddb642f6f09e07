/** A real Apache ZooKeeper 3.9.5. */
import { connect } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn } from "../../tools/process.ts";
import { until } from "../../tools/wait.ts";
import { ensureMaven } from "../install.ts";
import { startRestartable, type Restartable } from "../restartable.ts";

/** Sessions last 2 to 20 of them. */
const TICK_MS = 500;
const READY_MS = 60_000;

export const ensureZooKeeper = (): Promise<string> => ensureMaven("zookeeper", import.meta.dirname);

export async function startZooKeeper(): Promise<Restartable> {
  const [lib, port] = await Promise.all([ensureZooKeeper(), freePort()]);
  return startRestartable("zookeeper", port, async (folder) => {
    const config = join(folder, "zoo.cfg");
    const settings = { tickTime: TICK_MS, dataDir: join(folder, "data"), clientPort: port, clientPortAddress: "127.0.0.1", "admin.enableServer": false, "4lw.commands.whitelist": "srvr" };
    await writeFile(config, Object.entries(settings).map(([key, value]) => `${key}=${value}\n`).join(""));
    return spawn("java", ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(lib, "lib", "*"), "org.apache.zookeeper.server.ZooKeeperServerMain", config], { name: "zookeeper" });
  // its port is open before it serves
  }, (child) => until("ZooKeeper serves", READY_MS, async () => {
    if (child.exit()) throw new Error(child.tail());
    return (await ask(port, "srvr")).includes("Mode:");
  }));
}

function ask(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(word));
    socket.setTimeout(2000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (data) => { text += data.toString(); }).on("error", reject).on("close", () => resolve(text));
  });
}
