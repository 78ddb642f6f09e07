export { Emulator, type EmulatorOptions } from "./emulator.ts";
export { Connection, type Sink } from "./connection.ts";
export { Root } from "./context.ts";
export { ConfigRejected, EnvoyCrash, ModuleRefused, VmTrap } from "./errors.ts";
export { Shared } from "./shared.ts";
export type { GrpcStream, HttpCall } from "./calls.ts";
export type { Line } from "./logs.ts";
export type { Pairs } from "./pairs.ts";
