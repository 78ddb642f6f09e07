import { BufferType, MAX_BUFFER_TYPE, Status } from "../abi.ts";
import type { Bytes } from "../bytes.ts";
import type { Host } from "../host.ts";
import type { HostCall } from "../vm.ts";

/** What Envoy has under a number: a buffer that may be changed, bytes that may not, or null for none. */
type Found = Bytes | Buffer | null;

/** Reading, writing and measuring buffers, with the splices that Envoy allows (Buffer::copyFrom). */
export function bufferCalls(host: Host): Record<string, HostCall> {
  const { vm } = host;
  const nothing = Buffer.alloc(0);
  const find = (type: number): Found => {
    const { connection, http } = vm.context;
    switch (type) {
      case BufferType.RequestBody: return http?.request.body ?? nothing;
      case BufferType.ResponseBody: return http?.response.body ?? nothing;
      case BufferType.Downstream: return connection?.downstreamBuffer ?? nothing;
      case BufferType.Upstream: return connection?.upstreamBuffer ?? nothing;
      case BufferType.HttpCallBody: return host.calls.body;
      case BufferType.GrpcMessage: return host.calls.message ?? nothing;
      case BufferType.VmConfig: return Buffer.from(host.vmConfig);
      case BufferType.PluginConfig: return host.pluginConfig === null ? null : Buffer.from(host.pluginConfig);
      default: return host.foreignArguments;
    }
  };
  const wrong = (type: number): boolean => type >>> 0 > MAX_BUFFER_TYPE;
  const bytesOf = (found: Bytes | Buffer): Buffer => Buffer.isBuffer(found) ? found : found.bytes;
  return {
    proxy_get_buffer_bytes: (type: number, start: number, length: number, addressAt: number, sizeAt: number): number => {
      if (wrong(type)) return Status.BadArgument;
      const found = find(type), from = start >>> 0;
      return found ? vm.memory.give(bytesOf(found).subarray(from, from + (length >>> 0)), addressAt, sizeAt) : Status.NotFound;
    },
    proxy_get_buffer_status: (type: number, sizeAt: number, flagsAt: number): number => {
      if (wrong(type)) return Status.BadArgument;
      const found = find(type);
      if (!found) return Status.NotFound;
      return vm.memory.u32(sizeAt, bytesOf(found).length) && vm.memory.u32(flagsAt, 0) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_set_buffer_bytes: (type: number, start: number, length: number, valueAt: number, valueLength: number): number => {
      if (wrong(type)) return Status.BadArgument;
      const found = find(type), value = vm.memory.read(valueAt, valueLength);
      if (!found) return Status.NotFound;
      if (!value) return Status.InvalidMemoryAccess;
      return Buffer.isBuffer(found) ? Status.BadArgument : splice(found, start >>> 0, length >>> 0, value);
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
