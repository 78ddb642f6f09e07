import { InvalidArgumentError, type Command } from "commander";
import type { Bootstrap } from "../envoy/config.ts";
import { type EnvoyHandle, startEnvoy } from "../envoy/envoy.ts";
import { Trouble } from "../tools/progress.ts";
import { endWithStarters } from "../tools/starters.ts";

export interface EnvoyFlags { concurrency: number; logLevel: string }

/** Options that all commands which run Envoy share. */
export function withEnvoyOptions(command: Command): Command {
  return command.option("--concurrency <n>", "Envoy's worker threads", workers, 1)
    .option("--log-level <level>", "Envoy's log level: trace, debug, info, warning, error, off; with components: warning,wasm:debug", "warning");
}

function workers(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("allowed: 1 or more");
  return count;
}

/** Runs Envoy until a signal or the end of the parent process, and prints one line once it serves; `called`: the description of a listener. */
export async function runEnvoy(bootstrap: Bootstrap, flags: EnvoyFlags, called: (listener: string) => string, baseDir?: string): Promise<void> {
  const stopped = signalled();
  const envoy = await startEnvoy({ bootstrap, ...flags, baseDir, onLog: (text) => process.stderr.write(text) });
  process.stdout.write(`ready: ${await addresses(envoy, called)}, admin 127.0.0.1:${envoy.adminPort}\n`);
  const ended = await Promise.race([stopped, envoy.exited]);
  await envoy.stop();
  if (ended !== undefined) throw new Trouble(`Envoy has exited: ${ended}`);
}

async function addresses(envoy: EnvoyHandle, called: (listener: string) => string): Promise<string> {
  const listening = [...await envoy.listeners()].sort(([a], [b]) => (a < b ? -1 : 1));
  return listening.map(([name, { address, port }]) => `${address}:${port} (${called(name)})`).join(", ");
}

/** Resolves at a signal that ends this process, or when its parent process has ended. */
export function signalled(): Promise<undefined> {
  endWithStarters();
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(undefined));
  });
}
