import type { Case } from "../case.ts";

const DOWN = 2, UP = 3;

/** Connections: data both ways, holding, pushing, closing. */
export const network: Case[] = [
  {
    name: "connection", kind: "network",
    on: {
      new_connection: [["readBuffer", DOWN], ["bufferSize", UP], ["raw.set_buffer_bytes", DOWN, 0, 0, "x"]],
      downstream_data: [["readBuffer", DOWN], ["readBuffer", UP]],
      upstream_data: [["readBuffer", UP], ["readBuffer", DOWN]],
    },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("hello");
      const first = await client.read(5);
      await client.write("bye");
      return [first, await client.closed()];
    },
  },
  {
    name: "splices", kind: "network",
    on: {
      downstream_data: [
        ["readRange", DOWN, 1, 2], ["readRange", DOWN, 4, 99], ["readRange", DOWN, 6, 1], ["readRange", DOWN, 7, 1], ["readRange", DOWN, -1, -1], ["raw.get_buffer_bytes", 9, 0, 1], ["raw.get_buffer_status", 9],
        ["raw.set_buffer_bytes", DOWN, 2, 1, "x"], ["raw.set_buffer_bytes", DOWN, 0, 2, "X"], ["raw.set_buffer_bytes", DOWN, 5, 0, "Z"], ["raw.set_buffer_bytes", DOWN, 99, 5, "!"],
        ["raw.set_buffer_bytes", 9, 0, 0, "x"], ["raw.set_buffer_bytes", 6, 0, 0, "x"], ["raw.set_buffer_bytes", 7, 0, 0, "x"], ["raw.set_buffer_bytes", 4, 0, 0, "x"], ["raw.set_buffer_bytes", 5, 0, 0, "x"],
        ["raw.set_buffer_bytes", 0, 0, 0, "x"], ["readBuffer", 0], ["readBuffer", 4], ["readBuffer", 5], ["readBuffer", 6], ["readBuffer", 7], ["raw.set_buffer_outside", DOWN], ["raw.get_buffer_outside", DOWN], ["readBuffer", DOWN],
      ],
      upstream_data: [["replaceBuffer", UP, "changed"], ["appendBuffer", UP, "."]],
    },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("abcdef");
      const read = await client.read(8);
      await client.destroy();
      await peer.lines("delete");
      return read;
    },
  },
  {
    name: "held-data", kind: "network",
    on: { "downstream_data#1": [["pause"]], "downstream_data#2": [["readBuffer", DOWN], ["pause"]], "downstream_data#3": [["readBuffer", DOWN]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("a");
      await peer.lines("downstream_data 1");
      await client.write("b");
      await peer.lines("downstream_data 2");
      await client.write("c bye");
      return client.closed();
    },
  },
  {
    name: "push-now", kind: "network",
    on: { downstream_data: [["pause"], ["push", "pushed"], ["push", "again"], ["appendBuffer", DOWN, "+tail"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("x");
      const read = await client.read(11);
      await client.destroy();
      await peer.lines("delete");
      return read;
    },
  },
  {
    name: "push-on-wake", kind: "network",
    on: { downstream_data: [["pause"], ["drainDownstream"], ["wake"], ["wake"]], wake: [["push", "pushed bye"]], upstream_data: [["push", "never"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("x");
      return client.closed();
    },
  },
  {
    name: "resume-on-wake", kind: "network",
    on: { downstream_data: [["pause"], ["wake"]], wake: [["resume"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("held");
      const read = await client.read(4);
      await client.write("bye");
      return [read, await client.closed()];
    },
  },
  {
    name: "paused-connection", kind: "network",
    on: { new_connection: [["pause"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("never read");
      await peer.lines("new_connection");
      await client.destroy();
    },
  },
  {
    name: "held-answer", kind: "network",
    on: { "upstream_data#1": [["pause"]], upstream_data: [["readBuffer", UP], ["raw.continue_stream", UP]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("one");
      await peer.lines("upstream_data 3");
      await client.write("two");
      const read = await client.read(6);
      await client.destroy();
      await peer.lines("delete");
      return read;
    },
  },
  {
    name: "close-by-filter", kind: "network",
    on: { downstream_data: [["closeDownstream"], ["pause"], ["raw.close_stream", 0], ["raw.close_stream", 9], ["raw.continue_stream", 0], ["sendLocalResponse", 200, "x", [], ""], ["header", 0, "a"], ["headers", 0], ["setHeaders", 0, []]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("x");
      return client.closed();
    },
  },
  {
    name: "half-close", kind: "network",
    on: { downstream_data: [["readBuffer", DOWN]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("last");
      await peer.lines("downstream_data 4");
      await client.end();
      return client.closed();
    },
  },
  {
    name: "contexts", kind: "network",
    on: {
      "downstream_data#1": [["remember"]],
      "downstream_data#2": [["selectRoot"], ["readBuffer", DOWN], ["select", 0], ["readBuffer", DOWN], ["select", 9999999], ["readBuffer", DOWN]],
      delete: [["selectRemembered"], ["readBuffer", DOWN]],
    },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("a");
      await client.read(1);
      await client.write("b");
      await client.read(2);
      await client.destroy();
      await peer.lines("delete");
    },
  },
  {
    name: "trap-and-reload", kind: "network", ownVm: true, reload: true,
    on: { downstream_data: [["readBuffer", DOWN]], "downstream_data#2": [["trap"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("a");
      await client.read(1);
      await client.write("b");
      const before = await client.closed();
      await peer.pass(5000);
      for (;;) {
        const next = await peer.connect();
        await next.write("a");
        const after = await next.first();
        await next.destroy();
        if (after) return [before, after];
      }
    },
  },
  {
    name: "trap-for-good", kind: "network", ownVm: true,
    on: { downstream_data: [["trap"]] },
    drive: async peer => {
      const client = await peer.connect();
      await client.write("a");
      const first = await client.closed(), next = await peer.connect();
      return [first, await next.closed()];
    },
  },
];
