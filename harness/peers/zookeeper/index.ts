/** A real Apache ZooKeeper 3.9.5. */
import { connect } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn, type Child } from "../../tools/process.ts";
import { until } from "../../tools/wait.ts";
import { ensureMaven } from "../install.ts";

export interface ZooKeeperServer {
  readonly port: number;
  /** Ends it as a crash would; what it holds stays on disk. */
  kill(): Promise<void>;
  /** Starts it again with what it held. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Sessions last 2 to 20 of them. */
const TICK_MS = 500;
const READY_MS = 60_000;

export async function startZooKeeper(): Promise<ZooKeeperServer> {
  const [lib, port, folder] = await Promise.all([ensureMaven("zookeeper", import.meta.dirname), freePort(), mkdtemp(join(tmpdir(), "meltemi-zookeeper-"))]);
  const config = join(folder, "zoo.cfg");
  const settings = { tickTime: TICK_MS, dataDir: join(folder, "data"), clientPort: port, clientPortAddress: "127.0.0.1", "admin.enableServer": false, "4lw.commands.whitelist": "srvr" };
  await writeFile(config, Object.entries(settings).map(([key, value]) => `${key}=${value}\n`).join(""));
  let child: Child | undefined;
  const start = async (): Promise<void> => {
    child = await spawn("java", ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(lib, "lib", "*"), "org.apache.zookeeper.server.ZooKeeperServerMain", config], { name: "zookeeper" });
    // its port is open before it serves
    await until("ZooKeeper serves", READY_MS, async () => {
      if (child!.exit()) throw new Error(child!.tail());
      return (await ask(port, "srvr")).includes("Mode:");
    });
  };
  const server: ZooKeeperServer = {
    port, start,
    kill: async () => {
      child?.signal("SIGKILL");
      await child?.stop();
    },
    signal: (signal) => child?.signal(signal),
    stop: async () => {
      await child?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function ask(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(word));
    socket.setTimeout(2000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (data) => { text += data.toString(); }).on("error", reject).on("close", () => resolve(text));
  });
}
