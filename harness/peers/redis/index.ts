/** Real Redis peers: Valkey and Redis servers; ioredis, node-redis, redis-py, redis-cli and redis-benchmark as clients. */
export { ensureNodeRedis, ensureRedisPeers, VERSIONS } from "./build.ts";
export { RespClient } from "./client.ts";
export { command, RespError, RespParser, Typed } from "./resp.ts";
export type { Argument, Reply } from "./resp.ts";
export { startRedis } from "./server.ts";
export type { RedisServer, RedisServerOptions } from "./server.ts";
export { startTap } from "./tap.ts";
export type { Conversation, Tap } from "./tap.ts";
export { redisBenchmark, redisCli } from "./tools.ts";
export type { BenchmarkOptions, CliOptions } from "./tools.ts";
export { LIBRARIES, transcript } from "./transcript.ts";
export type { Library, Step, TranscriptOptions } from "./transcript.ts";
