/** Raw host calls of proxy-wasm ABI 0.2.1, in the order of the specification. Only host/ uses them. */
@external("env", "proxy_log")
export declare function proxy_log(level: i32, at: usize, size: usize): i32;
@external("env", "proxy_get_log_level")
export declare function proxy_get_log_level(result: usize): i32;
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(result: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: u32): i32;
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(context: u32): i32;
@external("env", "proxy_done")
export declare function proxy_done(): i32;
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(type: i32, start: i32, length: i32, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_get_buffer_status")
export declare function proxy_get_buffer_status(type: i32, resultSize: usize, resultFlags: usize): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(type: i32, start: i32, length: i32, at: usize, size: usize): i32;
@external("env", "proxy_get_header_map_size")
export declare function proxy_get_header_map_size(map: i32, result: usize): i32;
@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(map: i32, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_set_header_map_pairs")
export declare function proxy_set_header_map_pairs(map: i32, at: usize, size: usize): i32;
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(map: i32, keyAt: usize, keySize: usize, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(map: i32, keyAt: usize, keySize: usize, at: usize, size: usize): i32;
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(map: i32, keyAt: usize, keySize: usize, at: usize, size: usize): i32;
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(map: i32, keyAt: usize, keySize: usize): i32;
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(stream: i32): i32;
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(stream: i32): i32;
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(
  status: i32, detailsAt: usize, detailsSize: usize, bodyAt: usize, bodySize: usize, headersAt: usize, headersSize: usize, grpcStatus: i32,
): i32;
@external("env", "proxy_get_status")
export declare function proxy_get_status(resultCode: usize, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_http_call")
export declare function proxy_http_call(
  upstreamAt: usize, upstreamSize: usize, headersAt: usize, headersSize: usize, bodyAt: usize, bodySize: usize, trailersAt: usize,
  trailersSize: usize, timeout: u32, result: usize,
): i32;
@external("env", "proxy_grpc_call")
export declare function proxy_grpc_call(
  upstreamAt: usize, upstreamSize: usize, serviceAt: usize, serviceSize: usize, methodAt: usize, methodSize: usize, metadataAt: usize,
  metadataSize: usize, messageAt: usize, messageSize: usize, timeout: u32, result: usize,
): i32;
@external("env", "proxy_grpc_stream")
export declare function proxy_grpc_stream(
  upstreamAt: usize, upstreamSize: usize, serviceAt: usize, serviceSize: usize, methodAt: usize, methodSize: usize, metadataAt: usize,
  metadataSize: usize, result: usize,
): i32;
@external("env", "proxy_grpc_send")
export declare function proxy_grpc_send(call: u32, at: usize, size: usize, end: i32): i32;
@external("env", "proxy_grpc_cancel")
export declare function proxy_grpc_cancel(call: u32): i32;
@external("env", "proxy_grpc_close")
export declare function proxy_grpc_close(call: u32): i32;
@external("env", "proxy_set_shared_data")
export declare function proxy_set_shared_data(keyAt: usize, keySize: usize, at: usize, size: usize, cas: u32): i32;
@external("env", "proxy_get_shared_data")
export declare function proxy_get_shared_data(keyAt: usize, keySize: usize, resultAt: usize, resultSize: usize, resultCas: usize): i32;
@external("env", "proxy_register_shared_queue")
export declare function proxy_register_shared_queue(nameAt: usize, nameSize: usize, result: usize): i32;
@external("env", "proxy_resolve_shared_queue")
export declare function proxy_resolve_shared_queue(vmAt: usize, vmSize: usize, nameAt: usize, nameSize: usize, result: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
export declare function proxy_enqueue_shared_queue(queue: u32, at: usize, size: usize): i32;
@external("env", "proxy_dequeue_shared_queue")
export declare function proxy_dequeue_shared_queue(queue: u32, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(type: i32, nameAt: usize, nameSize: usize, result: usize): i32;
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(metric: u32, delta: i64): i32;
@external("env", "proxy_record_metric")
export declare function proxy_record_metric(metric: u32, value: i64): i32;
@external("env", "proxy_get_metric")
export declare function proxy_get_metric(metric: u32, result: usize): i32;
@external("env", "proxy_get_property")
export declare function proxy_get_property(pathAt: usize, pathSize: usize, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_set_property")
export declare function proxy_set_property(pathAt: usize, pathSize: usize, at: usize, size: usize): i32;
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(
  nameAt: usize, nameSize: usize, at: usize, size: usize, resultAt: usize, resultSize: usize,
): i32;
