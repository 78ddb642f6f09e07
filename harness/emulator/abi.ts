/** Numbers and signatures of the proxy-wasm ABI 0.2.1, as proxy-wasm-cpp-host spells them (exports.h, wasm.cc). */

export const Status = {
  Ok: 0, NotFound: 1, BadArgument: 2, SerializationFailure: 3, ParseFailure: 4, InvalidMemoryAccess: 6, Empty: 7,
  CasMismatch: 8, InternalFailure: 10, BrokenConnection: 11, Unimplemented: 12,
} as const;

export const Action = { Continue: 0, Pause: 1 } as const;

export const BufferType = {
  RequestBody: 0, ResponseBody: 1, Downstream: 2, Upstream: 3, HttpCallBody: 4, GrpcMessage: 5, VmConfig: 6,
  PluginConfig: 7, ForeignArguments: 8,
} as const;
export const MAX_BUFFER_TYPE = 8;

export const MapType = {
  Request: 0, RequestTrailers: 1, Response: 2, ResponseTrailers: 3, GrpcInitialMetadata: 4, GrpcTrailingMetadata: 5,
  HttpCallHeaders: 6, HttpCallTrailers: 7,
} as const;
export const MAX_MAP_TYPE = 7;

export const StreamType = { Request: 0, Response: 1, Downstream: 2, Upstream: 3 } as const;

export const Peer = { Unknown: 0, Local: 1, Remote: 2 } as const;

export const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;
export type Level = (typeof LEVELS)[number];

export const ABI_MARKER = /^proxy_abi_version_0_(1_0|2_0|2_1)$/;

/** Parameter types, one letter each (i: i32, I: i64); every one of them returns an i32 status. */
export const HOST_CALLS: Record<string, string> = {
  proxy_log: "iii", proxy_get_log_level: "i", proxy_get_current_time_nanoseconds: "i", proxy_set_tick_period_milliseconds: "i",
  proxy_set_effective_context: "i", proxy_done: "", proxy_get_buffer_bytes: "iiiii", proxy_get_buffer_status: "iii",
  proxy_set_buffer_bytes: "iiiii", proxy_get_header_map_size: "ii", proxy_get_header_map_pairs: "iii",
  proxy_get_header_map_value: "iiiii", proxy_set_header_map_pairs: "iii", proxy_add_header_map_value: "iiiii",
  proxy_replace_header_map_value: "iiiii", proxy_remove_header_map_value: "iii", proxy_continue_stream: "i",
  proxy_close_stream: "i", proxy_send_local_response: "iiiiiiii", proxy_get_status: "iii", proxy_http_call: "iiiiiiiiii",
  proxy_grpc_call: "iiiiiiiiiiii", proxy_grpc_stream: "iiiiiiiii", proxy_grpc_send: "iiii", proxy_grpc_cancel: "i",
  proxy_grpc_close: "i", proxy_set_shared_data: "iiiii", proxy_get_shared_data: "iiiii", proxy_register_shared_queue: "iii",
  proxy_resolve_shared_queue: "iiiii", proxy_enqueue_shared_queue: "iii", proxy_dequeue_shared_queue: "iii",
  proxy_define_metric: "iiii", proxy_increment_metric: "iI", proxy_record_metric: "iI", proxy_get_metric: "ii",
  proxy_get_property: "iiii", proxy_set_property: "iiii", proxy_call_foreign_function: "iiiiii",
};

/** Callbacks the host looks up, as `parameters>results`; a known name with another type is refused. */
export const CALLBACKS: Record<string, string> = {
  _initialize: ">", malloc: "i>i", proxy_on_memory_allocate: "i>i", proxy_on_context_create: "ii>", proxy_on_done: "i>i",
  proxy_on_log: "i>", proxy_on_delete: "i>", proxy_on_vm_start: "ii>i", proxy_on_configure: "ii>i", proxy_on_tick: "i>",
  proxy_on_new_connection: "i>i", proxy_on_downstream_data: "iii>i", proxy_on_downstream_connection_close: "ii>",
  proxy_on_upstream_data: "iii>i", proxy_on_upstream_connection_close: "ii>", proxy_on_request_headers: "iii>i",
  proxy_on_response_headers: "iii>i", proxy_on_request_body: "iii>i", proxy_on_response_body: "iii>i",
  proxy_on_request_trailers: "ii>i", proxy_on_response_trailers: "ii>i", proxy_on_request_metadata: "ii>i",
  proxy_on_response_metadata: "ii>i", proxy_on_http_call_response: "iiiii>",
  proxy_on_grpc_receive_initial_metadata: "iii>", proxy_on_grpc_receive: "iii>",
  proxy_on_grpc_receive_trailing_metadata: "iii>", proxy_on_grpc_close: "iii>", proxy_on_queue_ready: "ii>",
  proxy_on_foreign_function: "iii>",
};

/** The few calls that are legal while the guest allocates or initializes. */
export const LEGAL_WHILE_ALLOCATING = new Set(["proxy_log"]);
