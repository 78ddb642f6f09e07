import type { RegistryListener } from "../dubbo/registry.ts";
import { KeyTree } from "../dubbo/tree.ts";
import { KeptRegistry } from "../kept.ts";
import { EtcdClient, type Login } from "./client.ts";
import type { Keys } from "./messages.ts";

export interface EtcdOptions {
  /** `host:port,host:port`. */
  servers: string;
  label: string;
  /** Dubbo's group, the first part of every key. */
  group: string;
  auth?: Login;
}

/** Dubbo's registry in etcd (v3): the keys are as in ZooKeeper. One watch, from the very revision that was read. */
export class Etcd extends KeptRegistry {
  /** Which server is asked first: another one each time, since the last one may answer and then break off each time. */
  private attempt = 0;

  constructor(private readonly options: EtcdOptions) { super("etcd", options.servers, options.label); }

  protected async live(listener: RegistryListener, signal: AbortSignal): Promise<string> {
    const root = `/${this.options.group}`, { client, all } = await this.open(`${root}/`, signal);
    const tree = new KeyTree(root, (path, reason) => listener.skipped(path, reason));
    const pace = this.soon(listener, () => listener.changed(tree.records()));
    try {
      for (const key of all.keys) tree.put(key);
      pace.call();
      // when it ends, what happened meanwhile may be compacted away: all is read again
      return await client.watch(`${root}/`, all.revision + 1n, (events) => {
        for (const { key, deleted } of events) {
          if (deleted) tree.delete(key);
          else tree.put(key);
        }
        if (events.length > 0) pace.call();
      }, signal);
    } finally {
      pace.stop();
      client.close();
    }
  }

  /** The first server that says what it has. Rejects with what each of them answered. */
  private async open(prefix: string, signal: AbortSignal): Promise<{ client: EtcdClient; all: Keys }> {
    const failures: string[] = [], { auth } = this.options;
    const servers = this.options.servers.split(","), from = this.attempt++ % servers.length;
    for (const server of [...servers.slice(from), ...servers.slice(0, from)]) {
      const client = new EtcdClient(server);
      try {
        if (auth) await client.login(auth, signal);
        return { client, all: await client.keys(prefix, signal) };
      } catch (error) {
        client.close();
        failures.push((error as Error).message);
      }
    }
    throw new Error(failures.join("; "));
  }
}
