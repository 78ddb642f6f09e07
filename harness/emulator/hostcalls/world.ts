import { LEVELS, Status } from "../abi.ts";
import { callForeign } from "../foreign/index.ts";
import type { Host } from "../host.ts";
import { readProperty, writeProperty } from "../contextProperties.ts";
import type { HostCall } from "../vm.ts";

/** Log, time, timers, metrics, properties, foreign functions. */
export function worldCalls(host: Host): Record<string, HostCall> {
  const { vm, logs, clock, metrics } = host;
  const done = (written: boolean): number => written ? Status.Ok : Status.InvalidMemoryAccess;
  return {
    proxy_log: (level: number, at: number, length: number): number => {
      if (level >>> 0 >= LEVELS.length) return Status.BadArgument;
      const text = vm.memory.read(at, length);
      if (!text) return Status.InvalidMemoryAccess;
      logs.add(level, text.toString());
      return Status.Ok;
    },
    proxy_get_log_level: (levelAt: number): number => done(vm.memory.u32(levelAt, LEVELS.indexOf(logs.level))),
    proxy_get_current_time_nanoseconds: (timeAt: number): number => done(vm.memory.u64(timeAt, clock.now + clock.set)),
    proxy_set_tick_period_milliseconds: (ms: number): number => {
      const { root } = vm.context;
      root.tickPeriod = ms;
      root.tickDue = clock.now + BigInt(ms) * 1_000_000n;
      return Status.Ok;
    },
    proxy_define_metric: (type: number, at: number, length: number, idAt: number): number => {
      const name = vm.memory.read(at, length);
      if (!name) return Status.InvalidMemoryAccess;
      const id = metrics.define(type, name.toString());
      return id ? done(vm.memory.u32(idAt, id)) : Status.BadArgument;
    },
    proxy_increment_metric: (id: number, by: bigint): number => metrics.increment(id, by),
    proxy_record_metric: (id: number, value: bigint): number => metrics.record(id, value),
    proxy_get_metric: (id: number, valueAt: number): number => {
      const value = metrics.read(id);
      return typeof value === "bigint" ? done(vm.memory.u64(valueAt, value)) : value;
    },
    proxy_get_property: (at: number, length: number, valueAt: number, sizeAt: number): number => {
      const path = vm.memory.read(at, length);
      if (!path) return Status.InvalidMemoryAccess;
      const value = readProperty(vm.context, path);
      return typeof value === "number" ? value : vm.memory.give(value, valueAt, sizeAt);
    },
    proxy_set_property: (at: number, length: number, valueAt: number, size: number): number => {
      const path = vm.memory.read(at, length), value = vm.memory.read(valueAt, size);
      if (!path || !value) return Status.InvalidMemoryAccess;
      return writeProperty(vm.context, path, value);
    },
    proxy_call_foreign_function: (at: number, length: number, argumentAt: number, size: number, resultAt: number, resultSizeAt: number): number => {
      const name = vm.memory.read(at, length), argument = vm.memory.read(argumentAt, size);
      if (!name || !argument) return Status.InvalidMemoryAccess;
      const result = callForeign(host, name.toString(), vm.context, argument);
      if (typeof result !== "number") return vm.memory.give(result, resultAt, resultSizeAt);
      vm.memory.give(Buffer.alloc(0), resultAt, resultSizeAt);
      return result;
    },
  };
}
