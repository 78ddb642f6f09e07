import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { type Keys, rangeRequest, readKeys, readToken, readWatchAnswer, textFields, type WatchAnswer, watchRequest } from "./messages.ts";

export interface Login { username: string; password: string }

const ANSWER_MS = 10_000;
const MAX_ANSWER = 256 << 20;
const OPTIONS = {
  // a server that answers no ping for these many milliseconds is gone
  "grpc.keepalive_time_ms": 3000, "grpc.keepalive_timeout_ms": 3000, "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_receive_message_length": MAX_ANSWER,
  // a new client is a new connection, without the pauses of the one before
  "grpc.use_local_subchannel_pool": 1,
};

const raw = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** One connection to one member of etcd. All Errors name the server and what was asked. */
export class EtcdClient {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(readonly server: string) {
    this.client = new Client(server, credentials.createInsecure(), OPTIONS);
    // a member that has lost the others must say so, not stay silent
    this.metadata.set("hasleader", "true");
  }

  close(): void { this.client.close(); }

  /** All further calls are this user's. */
  async login({ username, password }: Login, signal?: AbortSignal): Promise<void> {
    this.metadata.set("token", await this.ask("Auth/Authenticate", textFields(username, password).finish(), readToken, signal));
  }

  keys(prefix: string, signal?: AbortSignal): Promise<Keys> { return this.ask("KV/Range", rangeRequest(prefix), readKeys, signal, ` ${prefix}`); }

  /** Tells `take` of all changes of a prefix from a revision on. Resolves with why they are told no more, or when the signal is given. */
  watch(prefix: string, revision: bigint, take: (events: WatchAnswer["events"]) => void, signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const call = this.client.makeBidiStreamRequest("/etcdserverpb.Watch/Watch", raw, readWatchAnswer, this.metadata);
      const over = (why: string): void => {
        signal.removeEventListener("abort", stop);
        call.cancel();
        resolve(`${this.server}: Watch/Watch ${prefix}: ${why}`);
      };
      const stop = (): void => over("stopped");
      call.on("data", ({ canceled, events }: WatchAnswer) => {
        take(events);
        if (canceled !== undefined) over(canceled);
      });
      call.on("error", (error: ServiceError) => over(error.details || error.message)).on("end", () => over("the server has ended it"));
      signal.addEventListener("abort", stop, { once: true });
      call.write(watchRequest(prefix, revision));
      if (signal.aborted) stop();
    });
  }

  /** One question of etcd's API: `KV/Range`. `about` is added to its name in an Error. */
  ask<T>(method: string, request: Uint8Array, read: (bytes: Buffer) => T, signal?: AbortSignal, about = ""): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(`/etcdserverpb.${method}`, raw, read, request, this.metadata, { deadline: Date.now() + ANSWER_MS }, (error, answer) => {
        signal?.removeEventListener("abort", stop);
        if (error) reject(new Error(`${this.server}: ${method}${about}: ${error.details || error.message}`));
        else resolve(answer!);
      });
      const stop = (): void => call.cancel();
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
    });
  }
}
