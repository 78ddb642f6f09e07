/**
 * A call that takes longer than its server bears silence: Dubbo's servers close a connection on which they read nothing for three of their
 * heartbeats. Scaled to seconds; with `npm run test:long` it takes four minutes, with every default.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { type Mesh, serviceEntry, startMesh, withLimits } from "./mesh.ts";

const HOST = "demo.example", LONG = process.env.MELTEMI_LONG === "1";
/** The server's heartbeat, the filter's, and the call, milliseconds. */
const [HEARTBEAT, BEAT, CALL] = LONG ? [undefined, undefined, 240_000] : [3000, 1500, 12_000];

let server: JavaServer, mesh: Mesh, client: DubboClient;

before(async () => {
  server = await startJavaServer({ name: "v1", heartbeatMs: HEARTBEAT });
  mesh = await startMesh(serviceEntry(HOST, "tcp-dubbo", [[server.port]], { interface: "org.meltemi.demo.Demo" }), BEAT ? { plugin: withLimits(HOST, { beatMs: BEAT }) } : {});
  client = await startJavaClient({ port: mesh.ports[0]! });
});

after(async () => { await Promise.allSettled([client?.stop(), mesh?.envoy.stop(), server?.stop("SIGKILL")]); });

test("a call that takes longer than its server bears silence gets its answer", async () => {
  const result = await client.call({ method: "slow", args: [CALL, "done"], timeout: CALL + 30_000 });
  assert.equal(result.ok, true, `${result.error}\n${mesh.envoy.log()}`);
  assert.equal(result.value, "done");
  assert.equal(await mesh.count("meltemi_lanes_opened"), 1, "on one lane all the time");
});
