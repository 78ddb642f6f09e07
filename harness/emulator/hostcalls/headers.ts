import { MapType, MAX_MAP_TYPE, Status } from "../abi.ts";
import type { Context } from "../context.ts";
import type { Host } from "../host.ts";
import type { Headers } from "../http/headers.ts";
import { decodePairs, encodePairs } from "../pairs.ts";
import type { HostCall } from "../vm.ts";

/** Reading and changing header maps. What may be read is not always what may be changed. */
export function headerCalls({ vm, calls }: Host): Record<string, HostCall> {
  const text = (at: number, length: number): string | undefined => vm.memory.read(at, length)?.toString();
  const wrong = (type: number): boolean => type >>> 0 > MAX_MAP_TYPE;

  /** Changes a map; afterwards Envoy chooses the route anew if it was that of the request. */
  const change = (type: number, run: (map: Headers) => number): number => {
    if (wrong(type)) return Status.BadArgument;
    const { http } = vm.context, map = writable(vm.context, type);
    if (!map) return Status.BadArgument;
    const status = run(map);
    if (type === MapType.Request && http) http.routesCleared++;
    return status;
  };
  const changeOne = (type: number, keyAt: number, keyLength: number, valueAt: number, size: number, run: (map: Headers, key: string, value: string) => void): number =>
    change(type, map => {
      const key = text(keyAt, keyLength), value = text(valueAt, size);
      if (key === undefined || value === undefined) return Status.InvalidMemoryAccess;
      run(map, key, value);
      return Status.Ok;
    });
  const read = (type: number): Headers | null => readable(vm.context, type) ?? calls.maps.get(type) ?? null;

  return {
    proxy_get_header_map_size: (type: number, sizeAt: number): number => {
      const map = wrong(type) ? null : writable(vm.context, type);
      if (!map) return Status.BadArgument;
      return vm.memory.u32(sizeAt, map.bytes) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_get_header_map_pairs: (type: number, at: number, sizeAt: number): number =>
      wrong(type) ? Status.BadArgument : vm.memory.give(encodePairs(read(type)?.pairs ?? []), at, sizeAt),
    proxy_get_header_map_value: (type: number, keyAt: number, keyLength: number, valueAt: number, sizeAt: number): number => {
      const key = text(keyAt, keyLength);
      if (key === undefined) return Status.InvalidMemoryAccess;
      const map = wrong(type) ? null : read(type);
      if (!map) return vm.context.http?.logging && !wrong(type) ? Status.NotFound : Status.BadArgument;
      const value = map.get(key);
      return value === undefined ? Status.NotFound : vm.memory.give(Buffer.from(value), valueAt, sizeAt);
    },
    proxy_set_header_map_pairs: (type: number, at: number, size: number): number =>
      change(type, map => {
        const bytes = vm.memory.read(at, size);
        if (!bytes) return Status.InvalidMemoryAccess;
        map.replaceAll(decodePairs(bytes));
        return Status.Ok;
      }),
    proxy_add_header_map_value: (type: number, kp: number, kl: number, vp: number, vl: number): number =>
      changeOne(type, kp, kl, vp, vl, (map, key, value) => map.add(key, value)),
    proxy_replace_header_map_value: (type: number, kp: number, kl: number, vp: number, vl: number): number =>
      changeOne(type, kp, kl, vp, vl, (map, key, value) => map.set(key, value)),
    proxy_remove_header_map_value: (type: number, kp: number, kl: number): number =>
      changeOne(type, kp, kl, 0, 0, (map, key) => map.remove(key)),
  };
}

function readable({ http }: Context, type: number): Headers | null {
  if (!http) return null;
  const { request, response, logging } = http;
  switch (type) {
    case MapType.Request: return logging ? request.message : request.headers;
    case MapType.RequestTrailers: return logging ? null : request.trailers;
    case MapType.Response: return logging ? response.message : response.headers;
    case MapType.ResponseTrailers: return logging ? response.messageTrailers : response.trailers;
    default: return null;
  }
}

/** Trailers that are not there are made, in the callback of the last piece of the body. */
function writable({ http }: Context, type: number): Headers | null {
  if (!http) return null;
  const { request, response, endOfStream } = http;
  switch (type) {
    case MapType.Request: return request.headers;
    case MapType.Response: return response.headers;
    case MapType.RequestTrailers: return request.trailers ?? (request.body && endOfStream ? request.addTrailers() : null);
    case MapType.ResponseTrailers: return response.trailers ?? (response.body && endOfStream ? response.addTrailers() : null);
    default: return null;
  }
}
