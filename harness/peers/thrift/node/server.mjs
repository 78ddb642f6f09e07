/** A Demo server: says {"ready":true,"port":N} once it listens, ends when its standard input does. It answers as soon as it can, in any order. */
import { setTimeout as delay } from "node:timers/promises";
import { options, stack, thrift } from "./library.mjs";
import { Oops, Processor } from "./demo.mjs";

const counts = {};

function handler(name) {
  const methods = {
    echo: (text) => text,
    item(it) {
      if (it.id < 0) throw new Oops({ code: it.id, why: "negative id" });
      return it;
    },
    add: (a, b) => a + b,
    notify: () => undefined,
    boom(why) { throw new Oops({ code: 7, why }); },
    crash(why) { throw new Error(why); },
    blob: (data) => data,
    sleep: (ms, tag) => delay(ms, tag),
    whoami: () => name,
    headers: () => ({}),
    calls: (method) => counts[method] ?? 0,
    drop: (what) => what,
    many: (xs) => xs.length,
    maps: (m) => Object.keys(m).length,
    setz: (s) => s.length,
  };
  return Object.fromEntries(Object.entries(methods).map(([method, work]) => [method, (...args) => {
    counts[method] = (counts[method] ?? 0) + 1;
    return work(...args);
  }]));
}

/** The library's multiplexed processor refuses names without a service; those are Demo's. */
class Services extends thrift.MultiplexedProcessor {
  process(input, output) {
    const begin = input.readMessageBegin();
    const fname = begin.fname.includes(":") ? begin.fname : `Demo:${begin.fname}`;
    const again = Object.create(input, { readMessageBegin: { enumerable: true, value: () => ({ ...begin, fname }) } });
    super.process(again, output);
  }
}

const demo = new Processor(handler(options.name)), services = new Services();
services.registerProcessor("Demo", demo);
services.registerProcessor("Stock", new Processor(handler(`${options.name}/Stock`)));

const server = thrift.createMultiplexServer(options.plain ? demo : services, { ...stack, maxLength: 0x3fffffff });
server.on("error", (error) => process.stderr.write(`${error.stack}\n`));
server.listen(Number(options.port ?? 0), "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ ready: true, port: server.address().port })}\n`));
process.stdin.resume().on("end", () => process.exit(0));
