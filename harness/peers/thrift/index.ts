/** Real Thrift peers: Apache Thrift for Python, Node and Go (servers and clients), thriftpy2 (client). */
export { ensureGoThrift, ensureNodeThrift, ensurePythonThrift } from "./build.ts";
export { blobOf, startClient } from "./client.ts";
export type { Call, ClientOptions, Result, ThriftClient, Totals } from "./client.ts";
export { startFrames } from "./frames.ts";
export type { Frames, Ran, Written } from "./frames.ts";
export { CLIENT_STACKS, VERSIONS } from "./peer.ts";
export type { Library, Protocol, Stack, Transport } from "./peer.ts";
export { startServer } from "./server.ts";
export type { ServerOptions, ThriftServer } from "./server.ts";
export { startTap } from "./tap.ts";
export type { Tap } from "./tap.ts";
