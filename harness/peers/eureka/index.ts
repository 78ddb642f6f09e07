/** A real Eureka server: Netflix' in Spring Cloud's dress, the one that people run. */
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn } from "../../tools/process.ts";
import { until } from "../../tools/wait.ts";
import { ensureMaven } from "../install.ts";
import { startRestartable, type Restartable } from "../restartable.ts";

const READY_MS = 120_000;

export const ensureEureka = (): Promise<string> => ensureMaven("eureka", join(import.meta.dirname, "java"));

/** `settings` as in an application.properties. What it knows it knows in memory only. */
export async function startEureka(settings: Record<string, string> = {}): Promise<Restartable> {
  const [out, port] = await Promise.all([ensureEureka(), freePort()]);
  const all = {
    "server.address": "127.0.0.1", "server.port": String(port), "spring.main.lazy-initialization": "true", "spring.main.banner-mode": "off", "logging.level.root": "warn",
    // it stands alone
    "eureka.client.register-with-eureka": "false", "eureka.client.fetch-registry": "false", "eureka.dashboard.enabled": "false", ...settings,
  };
  const args = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", [join(out, "classes"), join(out, "lib", "*")].join(":"), "org.meltemi.eureka.Main"];
  return startRestartable("eureka", port,
    () => spawn("java", [...args, ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)], { name: "eureka" }),
    (child) => until("Eureka serves", READY_MS, async () => {
      if (child.exit()) throw new Error(child.tail());
      return (await fetch(`http://127.0.0.1:${port}/eureka/apps`)).ok;
    }));
}
