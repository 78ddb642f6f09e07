import { setTimeout as delay } from "node:timers/promises";
import { Etcd3 } from "etcd3";
import type { RegistryListener } from "./dubbo/registry.ts";
import { KeyTree } from "./dubbo/tree.ts";
import { aborted } from "./keep.ts";
import { KeptRegistry } from "./kept.ts";

export interface EtcdOptions {
  /** `host:port,host:port`. */
  servers: string;
  label: string;
  /** Dubbo's group, the first part of every key. */
  group: string;
  auth?: { username: string; password: string };
}

const CANCEL_MS = 1000;
const MAX_ANSWER = 256 << 20;
/** A server that answers no ping for these many milliseconds is gone. */
const GRPC = { "grpc.keepalive_time_ms": 3000, "grpc.keepalive_timeout_ms": 3000, "grpc.keepalive_permit_without_calls": 1, "grpc.max_receive_message_length": MAX_ANSWER };

/** Dubbo's registry in etcd (v3): the keys are as in ZooKeeper. One watch, from the very revision that was read. */
export class Etcd extends KeptRegistry {
  constructor(private readonly options: EtcdOptions) { super("etcd", options.servers, options.label); }

  protected async live(listener: RegistryListener, signal: AbortSignal): Promise<string> {
    const { servers, group, auth } = this.options;
    const client = new Etcd3({ hosts: servers.split(",").map((server) => `http://${server}`), grpcOptions: GRPC, ...(auth ? { auth } : {}) });
    const tree = new KeyTree(`/${group}`, (path, reason) => listener.skipped(path, reason));
    const pace = this.soon(listener, () => listener.changed(tree.records()));
    try {
      const all = await client.getAll().prefix(`/${group}/`).exec();
      for (const { key } of all.kvs) tree.put(key.toString());
      const watcher = client.watch().prefix(`/${group}/`).startRevision(String(BigInt(all.header.revision) + 1n)).watcher();
      const over = new Promise<string>((resolve) => {
        watcher.on("put", ({ key }) => {
          tree.put(key.toString());
          pace.call();
        });
        watcher.on("delete", ({ key }) => {
          tree.delete(key.toString());
          pace.call();
        });
        // what happened while it was away may be compacted away: all is read anew
        watcher.on("disconnected", (error: Error) => resolve(error.message)).on("error", (error: Error) => resolve(error.message));
      });
      pace.call();
      const why = await Promise.race([over, aborted(signal).then(() => "stopped")]);
      // a watcher that is not cancelled connects again and again, also when its client is closed
      await Promise.race([watcher.cancel(), delay(CANCEL_MS, undefined, { ref: false })]);
      return why;
    } finally {
      pace.stop();
      client.close();
    }
  }
}
