import type { Case, Peer } from "../case.ts";

/** One message from a client, and its answer. */
export async function exchange(peer: Peer): Promise<void> {
  const client = await peer.connect();
  await client.write("x");
  await client.read(1);
  await client.destroy();
  await peer.lines("delete");
}

/** What is about no stream: log, time, metrics, shared data, queues. */
export const world: Case[] = [
  {
    name: "log", kind: "network",
    on: { downstream_data: [["log", 0, "log trace"], ["log", 1, "log debug"], ["log", 2, "log info"], ["log", 3, "log warn"], ["log", 4, "log error"], ["log", 5, "log critical"], ["logLevel"], ["now"], ["raw.log", 6], ["raw.log", 2], ["raw.log_outside"]] },
    drive: exchange,
  },
  {
    name: "metrics", kind: "network",
    on: { downstream_data: [["counter", "parity_count", 3], ["counter", "parity_count", 2], ["counter", "parity_count", -1], ["gauge", "parity_level", 7], ["gaugeAdd", "parity_level", -3], ["gaugeAdd", "parity_level", 0], ["histogram", "parity_size", 5]] },
    drive: exchange,
  },
  {
    name: "metric-numbers", kind: "network", ownVm: true,
    on: {
      downstream_data: [
        ["raw.define_metric", 0, "parity_a"], ["raw.define_metric", 0, "parity_a"], ["raw.define_metric", 1, "parity_b"], ["raw.define_metric", 2, "parity_c"], ["raw.define_metric", 3, "parity_d"],
        ["raw.increment_metric", 4, 2], ["raw.increment_metric", 8, 1], ["raw.get_metric", 4], ["raw.record_metric", 4, 10], ["raw.get_metric", 8], ["raw.increment_metric", 4, 0], ["raw.increment_metric", 4, -1],
        ["raw.increment_metric", 6, 1], ["raw.get_metric", 6], ["raw.record_metric", 6, 1], ["raw.increment_metric", 40, 1], ["raw.increment_metric", 41, 1], ["raw.increment_metric", 43, 1], ["raw.record_metric", 40, 1], ["raw.record_metric", 43, 1],
        ["raw.get_metric", 40], ["raw.get_metric", 41], ["raw.get_metric", 42],
      ],
    },
    drive: exchange,
  },
  {
    name: "shared-data", kind: "network", ownVm: true,
    on: {
      downstream_data: [
        ["readSharedData", "k"], ["setSharedData", "k", "one", 7], ["readSharedData", "k"], ["setSharedData", "other", "x"], ["setSharedData", "k", "two", "last"], ["setSharedData", "k", "three", "last"], ["readSharedData", "k"],
        ["setSharedData", "k", "", 0], ["readSharedData", "k"], ["setSharedData", "k", "three", 1], ["readSharedData", "k"], ["setSharedData", "k", "three", "last"],
      ],
    },
    drive: exchange,
  },
  {
    name: "queues", kind: "network", ownVm: true,
    on: {
      configure: [["registerQueue", "q"]],
      downstream_data: [
        ["resolveQueue", "queues", "q"], ["resolveQueue", "", "q"], ["resolveQueue", "none", "q"], ["resolveQueue", "queues", "none"], ["enqueue", "unknown", "x"], ["dequeue", "unknown"],
        ["registerQueue", "q"], ["dequeue", "q"], ["enqueue", "q", "one"], ["enqueue", "q", "two"], ["enqueue", "q", ""],
      ],
      "queue_ready#1": [["dequeue", "q"], ["dequeue", "q"]], "queue_ready#2": [["dequeue", "q"]], "queue_ready#3": [["dequeue", "q"]],
    },
    drive: async peer => {
      await exchange(peer);
      await peer.lines("queue_ready", "queue_ready", "queue_ready");
    },
  },
  {
    name: "ticks", kind: "network",
    on: { downstream_data: [["setTickPeriod", 20], ["finish"]], "tick#3": [["setTickPeriod", 0]], tick: [["readBuffer", 2], ["header", 0, "a"], ["callStatus"], ["setProperty", "mine", "x"], ["finish"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("x");
      await client.read(1);
      await peer.pass(100);
      await peer.lines("tick", "tick", "tick");
      await client.destroy();
      await peer.lines("delete");
    },
  },
  {
    name: "configuration", kind: "root", ownVm: true,
    on: { configure: [["readBuffer", 6], ["readRange", 7, 0, 9], ["property", "plugin_name"], ["property", "plugin_root_id"], ["property", "plugin_vm_id"], ["property", "node/id"], ["property", "xds/node/id"], ["property", "connection/id"], ["callStatus"], ["finish"]] },
    drive: peer => peer.lines("configure"),
  },
];
