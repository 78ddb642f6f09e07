/** Real Dubbo2 peers: Apache Dubbo 3.2.16 (Java server and client) and dubbo-go 3.3.0. */
export { ensureGoPeer, ensureJavaPeer } from "./build.ts";
export { startGoClient, startJavaClient } from "./client.ts";
export type { Call, CallOptions, ClientOptions, DubboClient, ManyCalls, Result, Totals } from "./client.ts";
export { startGoServer, startJavaServer } from "./server.ts";
export type { GoServer, JavaServer, JavaServerOptions } from "./server.ts";
