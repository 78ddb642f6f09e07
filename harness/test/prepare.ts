import { envoyApi } from "../build/envoy-api.ts";
import { ensureBrowser } from "../peers/browser/index.ts";
import { ensureConsul } from "../peers/consul/index.ts";
import { ensureGoPeer, ensureJavaPeer } from "../peers/dubbo/index.ts";
import { ensureEtcd } from "../peers/etcd/index.ts";
import { ensureEureka } from "../peers/eureka/index.ts";
import { ensureCollector } from "../peers/otel/index.ts";
import { ensureRedisPeers } from "../peers/redis/index.ts";
import { ensureRateLimit } from "../peers/ratelimit/index.ts";
import { ensureGoThrift, ensureNodeThrift, ensurePythonThrift } from "../peers/thrift/index.ts";
import { ensureZooKeeper } from "../peers/zookeeper/index.ts";
import { ensureEnvoy } from "../tools/envoy.ts";
import { ensureFuncE } from "../tools/func-e.ts";
import { say, shown } from "../tools/progress.ts";

/** What tests need beyond npm packages, in the order of their installation. */
const NEEDED: (() => Promise<unknown>)[] = [ensureFuncE, ensureEnvoy, envoyApi, ensureJavaPeer, ensureGoPeer,
  ensurePythonThrift, ensureNodeThrift, ensureGoThrift, ensureRedisPeers, ensureRateLimit, ensureCollector, ensureBrowser,
  ensureZooKeeper, ensureEtcd, ensureEureka, ensureConsul];

/**
 * Installs what the tests need, so that its progress is seen and no test's time limit runs meanwhile. What cannot be
 * installed is said here in a line; the tests that need it fail on their own.
 */
export async function prepare(): Promise<void> {
  for (const ensure of NEEDED) await ensure().catch((error: unknown) => say(shown(error)));
}
