import { BufferType, Status } from "../abi.ts";
import type { Bytes } from "../connection.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

/** Reading, writing and measuring buffers, with the splices that Envoy allows (Buffer::copyFrom). */
export function bufferCalls(host: Host): Record<string, HostCall> {
  const { vm } = host;
  const editable = (type: number): Bytes | null => {
    const connection = vm.context.connection;
    return (type === BufferType.Downstream ? connection?.downstreamBuffer : type === BufferType.Upstream ? connection?.upstreamBuffer : null) ?? null;
  };
  /** null: Envoy has no such buffer now. Stream data of a context without any is an empty one. */
  const readable = (type: number): Buffer | null => {
    switch (type) {
      case BufferType.Downstream: case BufferType.Upstream: return editable(type)?.bytes ?? Buffer.alloc(0);
      case BufferType.HttpCallBody: return host.calls.body;
      case BufferType.GrpcMessage: return host.calls.message;
      case BufferType.VmConfig: return Buffer.from(host.vmConfig);
      case BufferType.PluginConfig: return host.pluginConfig === null ? null : Buffer.from(host.pluginConfig);
      default: return null;
    }
  };
  return {
    proxy_get_buffer_bytes: (type: number, start: number, length: number, addressAt: number, sizeAt: number): number => {
      const buffer = readable(type), from = start >>> 0;
      if (!buffer) return Status.NotFound;
      if (from > buffer.length || from + (length >>> 0) > 0xffffffff) return Status.BadArgument;
      return vm.memory.give(buffer.subarray(from, from + (length >>> 0)), addressAt, sizeAt);
    },
    proxy_get_buffer_status: (type: number, sizeAt: number, flagsAt: number): number => {
      const buffer = readable(type);
      if (!buffer) return Status.NotFound;
      return vm.memory.u32(sizeAt, buffer.length) && vm.memory.u32(flagsAt, 0) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_set_buffer_bytes: (type: number, start: number, length: number, valueAt: number, valueLength: number): number => {
      const value = vm.memory.read(valueAt, valueLength);
      if (!value) return Status.InvalidMemoryAccess;
      const buffer = editable(type);
      return buffer ? splice(buffer, start >>> 0, length >>> 0, value) : Status.BadArgument;
    },
  };
}

/** From the start: drains, then prepends. At or past the end: appends. Nothing else. */
function splice(buffer: Bytes, start: number, length: number, value: Buffer): number {
  if (start === 0) buffer.bytes = Buffer.concat([value, buffer.bytes.subarray(length)]);
  else if (start >= buffer.bytes.length) buffer.bytes = Buffer.concat([buffer.bytes, value]);
  else return Status.BadArgument;
  return Status.Ok;
}
