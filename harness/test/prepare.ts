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

type Needed = (() => Promise<unknown>)[];

/** What the demo needs beyond npm packages, in the order of its installation. */
export const FOR_DEMO: Needed = [ensureFuncE, ensureEnvoy, envoyApi, ensureJavaPeer, ensureGoPeer, ensurePythonThrift, ensureRedisPeers];
/** What tests need. */
export const FOR_TESTS: Needed = [...FOR_DEMO, ensureNodeThrift, ensureGoThrift, ensureRateLimit, ensureCollector, ensureBrowser,
  ensureZooKeeper, ensureEtcd, ensureEureka, ensureConsul];

/**
 * Installs what is needed, so that its progress is seen and no time limit runs meanwhile. What cannot be installed is said here
 * in a line; what needs it fails on its own.
 */
export async function prepare(needed: Needed): Promise<void> {
  for (const ensure of needed) await ensure().catch((error: unknown) => say(shown(error)));
}
