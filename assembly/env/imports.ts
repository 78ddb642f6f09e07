/** Raw host calls of proxy-wasm ABI 0.2.1, in the order of the specification. Only host/ uses them. */
@external("env", "proxy_log")
export declare function proxy_log(level: i32, at: usize, size: usize): i32;
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(result: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: u32): i32;
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(context: u32): i32;
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(type: i32, start: i32, length: i32, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(type: i32, start: i32, length: i32, at: usize, size: usize): i32;
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(stream: i32): i32;
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(stream: i32): i32;
@external("env", "proxy_register_shared_queue")
export declare function proxy_register_shared_queue(nameAt: usize, nameSize: usize, result: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
export declare function proxy_enqueue_shared_queue(queue: u32, at: usize, size: usize): i32;
@external("env", "proxy_dequeue_shared_queue")
export declare function proxy_dequeue_shared_queue(queue: u32, resultAt: usize, resultSize: usize): i32;
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(type: i32, nameAt: usize, nameSize: usize, result: usize): i32;
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(metric: u32, delta: i64): i32;
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(
  nameAt: usize, nameSize: usize, at: usize, size: usize, resultAt: usize, resultSize: usize,
): i32;
