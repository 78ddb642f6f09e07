/** Numbers of proxy-wasm ABI 0.2.1. */

/** What a host call answered. */
export enum Status {
  Ok = 0,
  NotFound = 1,
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  InvalidMemoryAccess = 6,
  Empty = 7,
  CasMismatch = 8,
  InternalFailure = 10,
  /** Not in the specification: Envoy says so of an HTTP call that failed. */
  BrokenConnection = 11,
  Unimplemented = 12,
}

/** What a stream callback asks of the host. */
export enum Action { Continue = 0, Pause = 1 }

export enum Buffer {
  HttpRequestBody = 0,
  HttpResponseBody = 1,
  Downstream = 2,
  Upstream = 3,
  HttpCallResponseBody = 4,
  GrpcMessage = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  ForeignArguments = 8,
}

export enum MapType {
  Request = 0,
  RequestTrailers = 1,
  Response = 2,
  ResponseTrailers = 3,
  GrpcInitialMetadata = 4,
  GrpcTrailingMetadata = 5,
  HttpCallResponse = 6,
  HttpCallResponseTrailers = 7,
}

export enum Stream { HttpRequest = 0, HttpResponse = 1, Downstream = 2, Upstream = 3 }

export enum Peer { Unknown = 0, Local = 1, Remote = 2 }

export enum MetricType { Counter = 0, Gauge = 1, Histogram = 2 }

export enum LogLevel { Trace = 0, Debug = 1, Info = 2, Warn = 3, Error = 4, Critical = 5 }
